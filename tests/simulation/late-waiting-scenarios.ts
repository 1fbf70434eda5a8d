import { soon } from './late-scenarios.ts';
import { waitingFigures } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import { job } from './waiting-scenarios.ts';
import type { World } from './world.ts';

const settings = { figures: waitingFigures, net: true };

/**
 * How long after its time a job that waits for others may fail. A message that comes back "at once" does so after twelve
 * seconds, and if something goes wrong, some minutes later.
 */
const maxLateMs = ({ settings: { plan } }: World): number => (plan ? 15 * 60_000 : 15_000);

/** Its dependency ends after twenty minutes. */
const failsInTime: Scenario = {
  name: 'a job has to start long before its dependency ends',
  settings,
  act: async (client, world) => {
    const a = await job(client, 'a', 0, [], 1_200);
    const dependsOn = [a.job?.id ?? ''];
    const b = await client.insist({ key: 'b', dependsOn, startBefore: soon(world, 6), tags: ['b'] });
    await job(client, 'c', 0, [b]);
  },
  assert: (world) => {
    const errors = [...world.table.items.values()].map(({ error, status }) => error?.name ?? status).sort();
    if (errors.join() !== 'DependencyError,NotStartedInTimeError,succeeded')
      throw new Violation('jobs end as they should', errors.join());
    // Nobody may leave that to the look at it in two hours.
    for (const { error, finishedAt = 0, createdAt } of world.table.items.values())
      if (error?.name === 'DependencyError' && finishedAt - createdAt > maxLateMs(world))
        throw new Violation('the dependents of a late job fail soon', `${finishedAt - createdAt} ms late`);
    for (const { startBefore = Number.POSITIVE_INFINITY, finishedAt = 0 } of world.table.items.values())
      if (finishedAt - startBefore > maxLateMs(world))
        throw new Violation(
          'a job that waits for others fails at about its time',
          `${finishedAt - startBefore} ms late`,
        );
  },
};

const waitsAgain: Scenario = {
  name: 'a job that was too late is retried, and waits for its dependency again',
  settings,
  act: async (client, world) => {
    const a = await job(client, 'a', 0, [], 200);
    const dependsOn = [a.job?.id ?? ''];
    const b = await client.insist({ key: 'b', dependsOn, startBefore: soon(world, 6), maxAttempts: 4 });
    await client.until(b.job?.id ?? '', 'failed');
    await client.retry(b.job?.id ?? '');
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

const inTime: Scenario = {
  name: 'a dependency ends shortly before its dependent has to start',
  settings,
  act: async (client, world) => {
    const a = await job(client, 'a', 3);
    const dependsOn = [a.job?.id ?? ''];
    await client.insist({ key: 'b', dependsOn, startBefore: soon(world, 4), maxAttempts: 4 });
  },
  assert: (world) => expectStatus(world, 'succeeded', ...(world.settings.plan ? ['failed'] : [])),
};

/** Of jobs that wait for others, and have to start by a time. */
export const lateWaitingScenarios: readonly Scenario[] = [failsInTime, waitsAgain, inTime];
