import { allButRepeat } from './faults.ts';
import { before } from './interposed-scenarios.ts';
import { keptEraseScenarios } from './kept-erase-scenarios.ts';
import { keptSleepScenarios } from './kept-sleep-scenarios.ts';
import { expectPuts, failing, inFirstRun, large, succeeded, succeeds } from './large-jobs.ts';
import { longFigures, retentionMs, waitingFigures } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { refuseForMinutes } from './upload-scenarios.ts';
import { job } from './waiting-scenarios.ts';

const failsAndIsRetried: Scenario = {
  name: 'a job with a large message fails, and is retried',
  arrange: inFirstRun(failing),
  act: async (client) => {
    const id = await large(client, { maxAttempts: 1 });
    await client.until(id, 'failed');
    await client.retry(id);
  },
  // A crash takes its only attempt.
  assert: expectPuts(1, 'failed'),
};

const isWoken: Scenario = {
  name: 'a job with a large message waits for another job',
  settings: { figures: waitingFigures },
  arrange: succeeds,
  act: async (client) => {
    await large(client, { dependsOn: [(await job(client, 'a', 3)).job?.id ?? ''] });
  },
  assert: expectPuts(1),
};

/** Admission reads its message when it is due. */
export const refusedWhenDue: Scenario = {
  name: 'a job with a large message is due in two hours, and the bucket refuses to be read for minutes',
  settings: { figures: longFigures },
  arrange: (world) => {
    succeeds(world);
    refuseForMinutes(world);
  },
  act: async (client) => {
    await large(client, { delaySeconds: 7_200 });
  },
  assert: succeeded,
};

/** In its second run it waits for the other job again: that has a message of its own. */
const isCanceledWhileItWaits: Scenario = {
  name: 'a job with a large message is canceled while it waits for another job, and retried',
  settings: { figures: waitingFigures },
  arrange: succeeds,
  act: async (client) => {
    const id = await large(client, { dependsOn: [(await job(client, 'a', 9)).job?.id ?? ''] });
    await client.until(id, 'waiting');
    await client.cancel(id);
    await client.retry(id);
  },
  assert: succeeded,
};

const dependencyFails: Scenario = {
  name: 'a job with a large message waits for one that fails, and both are retried',
  settings: { figures: waitingFigures },
  arrange: inFirstRun(failing),
  act: async (client) => {
    const a = await large(client);
    const b = await large(client, { key: 'another', dependsOn: [a] });
    await client.until(b, 'failed');
    await client.retry(a);
    await client.until(a, 'succeeded');
    await client.retry(b);
    await client.until(b, 'failed');
    await client.retry(b);
  },
  assert: (world) => expectStatus(world, 'succeeded', ...(world.settings.plan ? ['failed'] : [])),
};

const isCanceled: Scenario = {
  name: 'a running job with a large message is canceled, and retried',
  arrange: inFirstRun(async (context) => context.pause(20)),
  act: async (client) => {
    const id = await large(client);
    await client.until(id, 'running');
    await client.cancel(id);
    await client.until(id, 'canceled');
    await client.retry(id);
  },
  assert: succeeded,
};

/** What was kept of the first run is gone soon, and the job is kept as long as any that was canceled. */
const isRetriedLate: Scenario = {
  name: 'a job with a large message is retried at the end of its time, canceled at once, and retried late again',
  // Of two messages of the second run, one may be claimed before the cancel.
  faults: allButRepeat,
  arrange: inFirstRun(failing),
  act: async (client, world) => {
    const id = await large(client);
    await client.until(id, 'failed');
    await client.pause(retentionMs - 3_600_000);
    const isRetried = (call: string) => call === 'claim' && world.table.items.get(id)?.status === 'queued';
    before(world, isRetried, () => client.cancel(id), 'worker');
    await client.retry(id);
    await client.pause(retentionMs - 3_600_000);
    await client.retry(id);
  },
  assert: succeeded,
};

/** Messages of more than 4 KB are kept in objects. */
export const keptScenarios: readonly Scenario[] = [
  failsAndIsRetried,
  isWoken,
  refusedWhenDue,
  isCanceledWhileItWaits,
  dependencyFails,
  isCanceled,
  isRetriedLate,
  ...keptSleepScenarios,
  ...keptEraseScenarios,
];
