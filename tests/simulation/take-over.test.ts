import { expect, test } from '@jest/globals';
import { enumerate } from './enumerate.ts';
import { deployedFigures } from './limits.ts';
import { inSteps } from './long-scenarios.ts';
import { expectStatus, type Scenario } from './scenario.ts';

const longJob = (group?: string): Scenario => ({
  name: 'a long job',
  settings: { figures: deployedFigures, takenOverWithinMs: 90_000 },
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
