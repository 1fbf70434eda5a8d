import { describe, expect, it } from '@jest/globals';
import { cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import { anyNumber, keyedBy, once } from '../../../testkit/effects.ts';
import * as jobs from './right-jobs.ts';
import { addUp as contract, payload } from './sample-contract.ts';

const booking = {
  effects: () => ({
    book: keyedBy(
      ({ key }: { key: string; amount: number }) => key,
      async () => {},
    ),
  }),
};
/** A service that shows at once what was sent to it. */
const sending = {
  effects: () => {
    const sent = new Set<string>();
    return {
      find: anyNumber(async (id: string) => sent.has(id)),
      send: once(async (id: string) => void sent.add(id)),
    };
  },
};

const right = [
  [
    'an effect with a key',
    () => cutEverywhere({ contract, handlerWith: jobs.effectWithKey }, payload, booking),
  ],
  [
    'a state that is changed in place',
    () => cutEverywhere({ contract, handler: jobs.stateInPlace }, payload),
  ],
  ['time and randomness of the context', () => cutEverywhere(jobs.timeOfContext, payload)],
  [
    'calls side by side',
    () =>
      cutEverywhere({ contract, handlerWith: jobs.sideBySide }, payload, {
        effects: () => ({ look: anyNumber(async (at: number) => at) }),
      }),
  ],
  ['progress from the state', () => cutEverywhere({ contract, handler: jobs.progressFromState }, payload)],
  [
    'a look before the effect',
    () => cutEverywhere({ contract, handlerWith: jobs.lookBeforeEffect }, payload, sending),
  ],
  [
    'an effect that tidies up',
    () =>
      cutEverywhere({ contract, handlerWith: jobs.tidiesUp }, payload, {
        effects: () => ({ close: anyNumber(async () => {}) }),
      }),
  ],
  ['sleeps', () => cutEverywhere({ contract, handler: jobs.sleeps }, payload)],
  ['a cache in the module', () => cutEverywhere({ contract, handler: jobs.cacheInModule }, payload)],
  ['attempts that fail first', () => cutEverywhere({ contract, handler: jobs.failsFirst }, payload)],
] as const;

describe('a job that is right', () => {
  it.each(right)('passes: %s', async (_name, test) => {
    const { calls, cuts } = await test();
    expect(calls).toBeGreaterThan(0);
    expect(cuts).toBeGreaterThanOrEqual(5 * calls);
  });
});
