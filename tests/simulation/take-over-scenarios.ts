import { deployedFigures } from './limits.ts';
import { inSteps } from './long-scenarios.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import type { ServerSettings } from './servers.ts';

/** A long job with the times of a deployment, which crashes at each of its calls. */
const longJob = (name: string, group?: string, servers?: ServerSettings): Scenario => ({
  name,
  settings: { figures: deployedFigures, takenOverWithinMs: 90_000, ...(servers ? { servers } : {}) },
  faults: ['crash-before', 'crash-after'],
  arrange: (world) => {
    world.handlers = { ...world.handlers, counting: inSteps(90) };
  },
  act: async (client) => {
    await client.insist({ key: 'k', payload: { seconds: 990 }, ...(group === undefined ? {} : { group }) });
  },
  assert: (world) => expectStatus(world, 'succeeded'),
});

export const takeOverScenarios: readonly Scenario[] = [
  longJob('a long job that crashes'),
  longJob('a long job of a group that crashes', 'g'),
  longJob('a long job on a worker server that is killed', undefined, {
    polls: 'queue',
    count: 2,
    maxJobs: 2,
    drainMs: 30_000,
  }),
];
