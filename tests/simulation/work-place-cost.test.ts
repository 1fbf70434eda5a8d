import { expect, test } from '@jest/globals';
import { waitingFigures } from './limits.ts';
import { play } from './scenario.ts';
import { places } from './work-place-scenarios.ts';

const isFull = process.env.SIMULATION === 'full';
/** Calls that DynamoDB bills as writes. */
const writes = [
  'submit',
  'claim',
  'take a place',
  'giveBack',
  'awaitHandler',
  'note a line',
  'wait for a place',
  'succeed',
  'leave a place',
  'lookAgain',
];

/** `npm run test:long` plays them with more jobs. The simulation runs forty at once at most. */
test.each([
  ['of one key, five at once', 1, 5, isFull ? 10_000 : 200],
  ['of many keys, one at once of each', isFull ? 30 : 20, 1, isFull ? 600 : 100],
])(
  'jobs %s, take little longer than their places allow, and look for a place three times',
  async (_what, keys, running, jobs) => {
    const { calls, table } = await play({
      name: 'places',
      settings: { figures: waitingFigures, maxAdmissions: 40, maxSteps: Infinity, net: true },
      arrange: (world) => {
        places({ key: ({ seconds }) => `account ${seconds % keys}`, running })(world);
        world.handlers = {
          ...world.handlers,
          counting: async ({ seconds }, { pause }) => {
            await pause(1);
            return { seconds };
          },
        };
      },
      act: async (client) => {
        const order = (seconds: number) => client.insist({ key: `${seconds}`, payload: { seconds } });
        await Promise.all(Array.from({ length: jobs }, (_, seconds) => order(seconds)));
      },
    });
    const all = [...table.items.values()];
    const first = Math.min(...all.map(({ createdAt }) => createdAt));
    const seconds = (Math.max(...all.map(({ finishedAt = 0 }) => finishedAt)) - first) / 1000;
    const least = jobs / keys / running;
    expect(seconds).toBeGreaterThanOrEqual(least);
    expect(seconds).toBeLessThan(1.1 * least);
    const made = (...what: readonly string[]) => calls.filter((call) => what.includes(call)).length / jobs;
    // Who comes early, and is among the first, looks more often.
    expect(made('look at places')).toBeLessThan(isFull && running > 1 ? 2.5 : 3.5);
    if (isFull)
      console.log(
        JSON.stringify({
          jobs,
          keys,
          seconds,
          least,
          looks: made('look at places'),
          writes: made(...writes),
        }),
      );
  },
);
