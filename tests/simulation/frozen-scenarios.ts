import type { JobWrite } from '../../shared/domain/state/writes/job-write.ts';
import type { Fault } from './faults.ts';
import { dropping, type Mutant } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';

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

/** What goes wrong with the calls of the first heartbeat, and of the second. No other worker receives the message meanwhile. */
const troubles: Readonly<Record<number, Fault>> = { 5: 'late-effect', 6: 'throttle', 7: 'slow-request' };

/** Seed 20881 of the random schedules. */
const overtaking: Scenario = {
  name: 'a renewal takes effect late, while the next one, which was made before more was reported, is on its way',
  settings: { plan: ({ number }) => troubles[number] },
  // Another fault would come in the place of these.
  faults: [],
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      counting: async ({ seconds }, job) => {
        for (let passed = 1; passed <= seconds; passed += 1) {
          await job.pause(1);
          job.progress((passed / seconds) * 100);
        }
        return { seconds };
      },
    };
  },
  act: async (client) => {
    await client.submit({ payload: { seconds: 45 }, maxAttempts: 4 });
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    const disturbed = world.calls.slice(4, 7).join();
    if (world.settings.plan === overtaking.settings?.plan && disturbed !== 'renew,changeVisibility,renew')
      throw new Violation('the renewals are what goes wrong', disturbed);
  },
};

/** Of Lambda's processes, which are frozen between two invocations, and of what such a process has sent. */
export const frozenScenarios: readonly Scenario[] = [scenario, overtaking];

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
