import type { JobWrite } from '../../shared/domain/state/job-write.ts';
import { dropping, type Mutant } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';

const scenario: Scenario = {
  name: 'a handler that goes on after its invocation, whenever its process is thawed',
  arrange: (world) => {
    let first = true;
    world.handlers = {
      ...world.handlers,
      counting: async ({ seconds }, job) => {
        const deaf = first;
        first = false;
        // Not by the job's own clock: that would tell it to stop.
        if (deaf) await world.time.pause(80_000);
        await job.checkpoint({ passed: seconds });
        job.progress(90);
        await job.pause(deaf ? 20 : 8);
        return { seconds };
      },
    };
  },
  act: async (client) => {
    await client.submit({ payload: { seconds: 5 }, maxAttempts: 4 });
    await client.pause(100_000);
    await client.submit({ payload: { seconds: 2 } });
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

/** Of Lambda's processes, which are frozen between two invocations. */
export const frozenScenarios: readonly Scenario[] = [scenario];

export const frozenMutants: readonly Mutant[] = [
  {
    name: 'a process that is thawed renews a lease that it had in its last invocation',
    shownBy: scenario.name,
    write: dropping(['renew'], () => true),
    ports: (ports, role, world) => {
      if (role !== 'worker') return ports;
      const { store } = ports;
      let renewal: JobWrite | undefined;
      return {
        ...ports,
        store: {
          ...store,
          write: async (write) => {
            if (write.transition === 'renew') renewal = write;
            const item = await store.write(write);
            const late = renewal;
            if (item && late && write.transition === 'release')
              void world.time.pause(5_000).then(() => store.write(late));
            return item;
          },
        },
      };
    },
  },
];
