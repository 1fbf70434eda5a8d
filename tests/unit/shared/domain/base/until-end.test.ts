import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { untilEnd } from '../../../../../shared/domain/base/until-end.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');
// With another flag V8 takes no code from the compile cache, and what it adds is of no use to the processes of other tests.
setFlagsFromString('--no-expose-gc');

/** A call that a process makes after its attempt has ended, or right before. */
const callThatNeverReturns = (isBegunBefore: boolean): WeakRef<object> => {
  const called = { kept: Array.from({ length: 100 }, String) };
  let isOver = !isBegunBefore;
  const port = untilEnd({ call: async (_: object) => (isOver = true) }, () => !isOver);
  const caller = async () => {
    await port.call(called);
    throw new Error(`it has returned, with ${called.kept.length}`);
  };
  void caller();
  return new WeakRef(called);
};

test.each([
  ['that was begun before the end of its attempt', true],
  ['that is begun after it', false],
])('a call %s does not return, and what it was made with is not kept', async (_, isBegunBefore) => {
  const called = callThatNeverReturns(isBegunBefore);
  await setTimeout();
  collectGarbage();
  expect(called.deref()).toBeUndefined();
});
