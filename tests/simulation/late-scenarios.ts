import type { Client } from './client.ts';
import { allButRepeat } from './faults.ts';
import { countingDown, line } from './group-scenarios.ts';
import { before } from './interposed-scenarios.ts';
import { waitingFigures } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** So many seconds from now. */
export const soon = ({ time }: World, seconds: number): number => time.now + seconds * 1000;

const isLate = ({ error }: { readonly error?: { readonly name: string } | undefined }): boolean =>
  error?.name === 'NotStartedInTimeError';

/** Jobs succeed, or fail since they were not started in time. @param count how many fail without a fault */
const expectLate = (world: World, count: number): void => {
  const items = [...world.table.items.values()];
  const late = items.filter(isLate);
  if (late.length + items.filter(({ status }) => status === 'succeeded').length < items.length)
    throw new Violation('jobs end as they should', 'one neither succeeded nor was late');
  if (!world.settings.plan && late.length !== count)
    throw new Violation('jobs end as they should', `${late.length} were late, not ${count}`);
};

/** As many jobs as there are workers, so that the next job has to wait. */
const busy = async (client: Client): Promise<void> => {
  await Promise.all(
    [1, 2, 3, 4].map((place) => client.insist({ key: `slow ${place}`, payload: countingDown(10) })),
  );
};
const alone = { batchSize: 1 };

const behindOthers = (
  name: string,
  late: number,
  then?: (id: string, client: Client) => Promise<unknown>,
): Scenario => ({
  name,
  settings: alone,
  act: async (client, world) => {
    await busy(client);
    const startBefore = soon(world, 4);
    const { job } = await client.insist({
      key: 'next',
      payload: countingDown(0),
      startBefore,
      tags: ['late'],
    });
    if (job) await then?.(job.id, client);
  },
  // A delayed cancel may arrive after the retry.
  assert: (world) =>
    late > 0
      ? expectLate(world, late)
      : expectStatus(world, 'succeeded', ...(world.settings.plan ? ['canceled'] : [])),
});

/** Its worker has read it before that. */
const beforeItFails = (what: string, happen: (id: string, client: Client) => Promise<unknown>): Scenario => ({
  name: `a job is ${what} right before it is failed because it is late`,
  settings: alone,
  // Of two copies of the message, the other would fail it.
  faults: allButRepeat,
  act: async (client, world) => {
    await busy(client);
    const startBefore = soon(world, 4);
    const { job } = await client.insist({ key: 'next', payload: countingDown(0), startBefore });
    before(
      world,
      (call, id) => call === 'failLate' && id === job?.id,
      (id) => happen(id, client),
      'worker',
    );
  },
  // It may be failed before its submission is answered.
  assert: (world) => expectStatus(world, 'succeeded', 'canceled', ...(world.settings.plan ? ['failed'] : [])),
});

/** It is admitted in time, but all workers have something to do. */
const afterItsAdmission: Scenario = {
  name: 'a job is admitted in time, and then waits behind others for too long',
  settings: { ...alone, figures: waitingFigures },
  act: async (client, world) => {
    const a = await client.insist({ key: 'a', payload: countingDown(2) });
    await busy(client);
    const dependsOn = [a.job?.id ?? ''];
    const { job } = await client.insist({ key: 'b', dependsOn, startBefore: soon(world, 5), maxAttempts: 4 });
    await client.until(job?.id ?? '', 'failed');
    await client.retry(job?.id ?? '');
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

/** Beside another job, so that a crash is one in company. */
const goesOn: Scenario = {
  name: 'jobs that were started in time go on when that time is over',
  act: async (client, world) => {
    const startBefore = soon(world, 0.2);
    await Promise.all(
      ['one', 'other'].map((key) =>
        client.insist({ key, payload: countingDown(1, { failFirst: 1 }), maxAttempts: 4, startBefore }),
      ),
    );
  },
  assert: (world) => expectLate(world, 0),
};

const inGroup: Scenario = {
  name: 'a job of a group has to start before the slow one ahead of it ends',
  act: async (client, world) => {
    await line(client, 'g', [countingDown(9)]);
    const next = { group: 'g', payload: countingDown(0), maxAttempts: 4 };
    await client.insist({ key: 'second', ...next, startBefore: soon(world, 4) });
    await client.insist({ key: 'third', ...next, startBefore: soon(world, 900) });
  },
  assert: (world) => expectLate(world, 1),
};

const delayed: Scenario = {
  name: 'delayed jobs have some time to start',
  act: async (client, world) => {
    for (const delaySeconds of [20, 1_000])
      await client.insist({
        key: `${delaySeconds}`,
        payload: countingDown(0, { failFirst: 1 }),
        delaySeconds,
        startBefore: soon(world, delaySeconds + 60),
        maxAttempts: 4,
      });
  },
  assert: (world) => expectLate(world, 0),
};

/** Of jobs that have to start by a time. */
export const lateScenarios: readonly Scenario[] = [
  behindOthers('a job waits behind others for too long', 1),
  behindOthers('a job that was too late is retried', 0, async (id, client) => {
    await client.until(id, 'failed');
    await client.retry(id);
  }),
  behindOthers(
    'a job is canceled while others run, and revived when it is too late',
    0,
    async (id, client) => {
      await client.pause(500);
      await client.cancel(id);
      await client.pause(5_000);
      await client.retry(id);
    },
  ),
  beforeItFails('canceled', (id, client) => client.cancel(id)),
  beforeItFails('canceled and revived', async (id, client) => {
    await client.cancel(id);
    await client.retry(id);
  }),
  afterItsAdmission,
  goesOn,
  inGroup,
  delayed,
];
