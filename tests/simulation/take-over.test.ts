import { expect, test } from '@jest/globals';
import { enumerate } from './enumerate.ts';
import { deployedFigures } from './limits.ts';
import { inSteps } from './long-scenarios.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import type { ServerSettings } from './servers.ts';

const longJob = (group?: string, servers?: ServerSettings): Scenario => ({
  name: 'a long job',
  settings: { figures: deployedFigures, takenOverWithinMs: 90_000, ...(servers ? { servers } : {}) },
  faults: ['crash-before', 'crash-after'],
  arrange: (world) => {
    world.handlers = { ...world.handlers, countdown: inSteps(90) };
  },
  act: async (client) => {
    await client.insist({ key: 'k', payload: { seconds: 990 }, ...(group === undefined ? {} : { group }) });
  },
  assert: (world) => expectStatus(world, 'succeeded'),
});

test.each([undefined, 'g'])(
  'a long job that crashes is taken over within 90 seconds (group: %s)',
  async (group) => {
    const { failures, crashPoints } = await enumerate(longJob(group));
    expect(failures.map(({ call, fault, error }) => `${call} ${fault}: ${error.message}`)).toEqual([]);
    expect(crashPoints).toBeGreaterThan(100);
  },
);

test('a long job on a worker server that is killed is taken over within 90 seconds', async () => {
  const onServers = longJob(undefined, { polls: 'queue', count: 2, maxJobs: 2, drainMs: 30_000 });
  const { failures, crashPoints } = await enumerate(onServers);
  expect(failures.map(({ call, fault, error }) => `${call} ${fault}: ${error.message}`)).toEqual([]);
  expect(crashPoints).toBeGreaterThan(100);
});
