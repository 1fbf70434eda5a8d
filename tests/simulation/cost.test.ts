import { expect, test } from '@jest/globals';
import { longFigures } from './limits.ts';
import { play } from './scenario.ts';

/** As deployed. */
const deployed = { ...longFigures, leaseMs: 60_000, heartbeatMs: 20_000 };

/** The table writes of one undisturbed job. */
async function writesOf(seconds: number): Promise<number> {
  const { trace } = await play(
    { name: 'cost', act: async (client) => void (await client.submit({ payload: { seconds } })) },
    { figures: deployed },
  );
  return trace.filter((line) => /->|refused/.test(line)).length;
}

test('a short job is written three times', async () => {
  expect(await writesOf(0)).toBe(3);
  expect(await writesOf(4)).toBe(3);
});

test('a long job that saves its state every second is written twelve times a minute', async () => {
  expect((await writesOf(600)) - 3).toBeLessThanOrEqual(12 * 10);
  expect((await writesOf(600)) - 3).toBeGreaterThanOrEqual(11 * 10);
});

test('a job that saves nothing is written once a heartbeat', async () => {
  const { trace } = await play(
    {
      name: 'cost',
      arrange: (world) => {
        world.works = {
          ...world.works,
          countdown: async ({ seconds }, job) => {
            await job.pause(seconds);
            return { seconds };
          },
        };
      },
      act: async (client) => void (await client.submit({ payload: { seconds: 601 } })),
    },
    { figures: deployed },
  );
  expect(trace.filter((line) => line.includes('renew ->'))).toHaveLength(30);
});
