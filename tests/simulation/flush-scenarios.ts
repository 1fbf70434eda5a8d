import { type Mutant, spoiled } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';

const scenario: Scenario = {
  name: 'a job that stores its intent before it does something elsewhere',
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      counting: async (_payload, job) => {
        if (!job.resume) {
          await job.checkpoint({ passed: 1 }, { flush: true });
          // Something is done elsewhere here. Whatever happens next, the next attempt must know that it may have been.
          if (world.table.items.get(job.id)?.checkpoint !== '{"passed":1}')
            world.guard(() => {
              throw new Violation('what is flushed is stored', job.id);
            });
        }
        await job.pause(8);
        await job.checkpoint({ passed: 2 }, { flush: true });
        return { seconds: 0 };
      },
    };
  },
  act: async (client) => {
    await client.submit({ maxAttempts: 6 });
  },
  assert: (world) => expectStatus(world, 'succeeded', 'failed'),
};

export const flushScenarios: readonly Scenario[] = [scenario];

export const flushMutants: readonly Mutant[] = [
  {
    name: 'a flush renews the lease and stores no state',
    shownBy: scenario.name,
    write: spoiled(['renew'], ({ set: { checkpoint: _, ...set } }) => ({ set })),
  },
];
