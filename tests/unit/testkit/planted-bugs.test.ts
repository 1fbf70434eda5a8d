import { describe, expect, it } from '@jest/globals';
import { cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import { keyedBy, once } from '../../../testkit/effects.ts';
import type { FindingKind } from '../../../testkit/findings.ts';
import type { JobTestError } from '../../../testkit/report.ts';
import * as bugs from './planted-bugs.ts';
import { addUp as contract, payload } from './sample-contract.ts';

const booking = { effects: () => ({ book: once(async (_request: { at: number }) => {}) }) };
const appending = {
  effects: () => ({
    append: keyedBy(
      ({ key }: { key: string; amount: number }) => key,
      async () => {},
    ),
  }),
};

/** Each bug, and what it must be called. */
const planted: readonly (readonly [FindingKind, () => Promise<unknown>])[] = [
  [
    'effect repeated',
    () => cutEverywhere({ contract, handlerWith: bugs.effectBeforeCheckpoint }, payload, booking),
  ],
  [
    'state changed after it was saved',
    () => cutEverywhere({ contract, handler: bugs.mutatedState }, payload),
  ],
  ['time read', () => cutEverywhere({ contract, handler: bugs.timeRead }, payload)],
  ['forgotten await', () => cutEverywhere({ contract, handler: bugs.forgottenAwait }, payload)],
  ['progress backwards', () => cutEverywhere({ contract, handler: bugs.progressBackwards }, payload)],
  [
    'effect not idempotent',
    () => cutEverywhere({ contract, handlerWith: bugs.appendTwice }, payload, appending),
  ],
  ['swallowed signal', () => cutEverywhere({ contract, handler: bugs.swallowedSignal }, payload)],
  ['state that does not fit its schema', () => cutEverywhere(bugs.rejectedState, payload)],
  ['module state or randomness', () => cutEverywhere({ contract, handler: bugs.moduleState }, payload)],
  ['result depends on attempts', () => cutEverywhere({ contract, handler: bugs.dependsOnAttempts }, payload)],
];

describe('a job with a planted bug', () => {
  it.each(planted)('is found: %s', async (kind, test) => {
    const error = await test().then(
      () => undefined,
      (thrown: JobTestError) => thrown,
    );
    expect(error?.kinds).toEqual([kind]);
  });
});
