import type { JobContract } from '../../shared/author/contract.ts';
import { writeMessage } from '../../shared/domain/state/job/message.ts';
import { submissionMessage } from '../../shared/operations/submit/submit-job.ts';
import { contracts } from '../job-types/contracts.ts';
import { serverFaults } from './faults.ts';
import { before } from './interposed-scenarios.ts';
import { dayFigures } from './limits.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { onlyJob, onServers, pausing, servers } from './server-scenarios.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const poisonSeconds = 13;

/** Crashes its process in every attempt, if its payload says so. */
const crashing =
  (world: World): World['handlers']['counting'] =>
  async (payload, job) => {
    if (payload.seconds !== poisonSeconds) return pausing(payload, job);
    await job.pause(1);
    world.crash(job.id);
    return new Promise(() => {});
  };

/** Of these, one fails. The others end in the only attempt that they have. */
const crashes = (name: string, more: Partial<JobContract>): Scenario => ({
  name,
  settings: { servers: servers({ count: 1, maxJobs: 3 }) },
  faults: serverFaults,
  arrange: (world) => onServers(crashing(world), more)(world),
  act: async (client) => {
    const order = (seconds: number, maxAttempts: number) =>
      client.insist({ key: `${seconds}`, payload: { seconds }, maxAttempts });
    await Promise.all([order(poisonSeconds, 2), order(3, 1), order(4, 1)]);
  },
  assert: (world) => {
    const failed = [...world.table.items.values()].filter(({ status }) => status === 'failed');
    // A fault may cost one of the others its attempt.
    if (!world.settings.plan && failed.length !== 1)
      throw new Violation("a job's company costs it nothing", `${failed.length} jobs failed`);
  },
});

/** One of them has a process of its own, and its server is crashed by another. */
const besides: Scenario = {
  ...crashes('a job crashes its server, in which another has a process of its own', { isolate: false }),
  arrange: (world) => {
    onServers(crashing(world), { isolate: false })(world);
    const isolated = { ...contracts['csv-sums'], queue: 'server', timeoutSeconds: 600 } as const;
    world.contracts = { ...world.contracts, 'csv-sums': isolated };
    world.handlers = {
      ...world.handlers,
      'csv-sums': async (_payload, job) => {
        await job.pause(5);
        return { rows: 0, groups: [] };
      },
    };
  },
  act: async (client) => {
    const metrics = [{ column: 'b', op: 'sum' }];
    const payload = { csv: 'a,b\nx,1\n', groupBy: 'a', metrics };
    await Promise.all([
      client.insist({ key: 'isolated', type: 'csv-sums', payload, maxAttempts: 1 }),
      client.insist({ key: 'poison', payload: { seconds: poisonSeconds }, maxAttempts: 2 }),
    ]);
  },
};

const hourSeconds = 3600;

/** Nobody can keep a message invisible for longer than 12 hours after it was received. */
const fourteenHours: Scenario = {
  name: 'a run of fourteen hours on a server, whose message comes back',
  settings: { figures: dayFigures, servers: servers({ drainMs: 60_000 }) },
  faults: serverFaults,
  arrange: onServers(pausing, { timeoutSeconds: 24 * hourSeconds }),
  act: async (client) => {
    await client.submit({ payload: { seconds: 14 * hourSeconds } });
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    if (world.settings.plan) return;
    const { startedAt = 0, finishedAt = 0, attempt } = onlyJob(world) ?? {};
    if (attempt !== 1 || finishedAt - startedAt < 14 * hourSeconds * 1000)
      throw new Violation('a run may be longer than a message is invisible', `it took ${attempt} attempts`);
    const receives = world.calls.filter((call) => call === 'receive').length;
    const least = world.settings.takesOutdatedHandles === false ? 5 : 2;
    if (receives < least)
      throw new Violation('a message comes back after 12 hours', `it was received ${receives} times`);
  },
};

/** It has received the message, and finds the job ended. Only its own delivery is the first one. */
const standsStill: Scenario = {
  name: 'a server stands still before its claim, and who ends the job meanwhile dies before it tells anybody',
  settings: { servers: servers(), notify: [{ url: 'https://receiver.example/' }] },
  faults: serverFaults,
  arrange: onServers(),
  act: async (client, world) => {
    const by = (isIt: string, happen: () => void) =>
      before(
        world,
        (call) => call === isIt,
        async () => happen(),
        'worker',
      );
    by('claim', () => world.workers[0]?.freeze());
    // The end is stored a moment later.
    by('succeed', () => world.time.after(2, () => world.workers[1]?.kill('power loss')));
    await client.submit({ payload: { seconds: 0 } });
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

const nearLimits = (name: string, old: { receiveCount?: number; ageMs?: number }): Scenario => ({
  name,
  settings: { servers: servers({ count: 1 }) },
  faults: serverFaults,
  arrange: onServers(),
  act: async (_client, world) => {
    const message = submissionMessage(
      { tenant: 'someone', type: 'counting', payload: { seconds: 1, failFirst: 1 }, maxAttempts: 5 },
      { id: world.random.uuid(), fingerprint: 'f', now: world.time.now },
    );
    world.queue.send(writeMessage(message), old);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
});

/** Writes a file in its last second. */
export const withErrors =
  <Payload, Job extends { readonly id: string }, Result>(
    world: World,
    handler: (payload: Payload, job: Job) => Result | Promise<Result>,
  ) =>
  async (payload: Payload, job: Job): Promise<Result> => {
    const result = await handler(payload, job);
    const server = world.workers.find(({ name }) => name === world.invariants.company.holderOf(job.id));
    if (server?.isDiskFull) throw Object.assign(new Error('no room for its file'), { code: 'ENOSPC' });
    return result;
  };

/** The jobs that run there go to another server, and no more are begun. */
const fullDisk: Scenario = {
  name: 'the disk of a server is full for a minute, and each job has but one attempt',
  settings: { servers: servers({ maxJobs: 1 }) },
  faults: serverFaults,
  arrange: (world) => onServers(withErrors(world, pausing))(world),
  act: async (client, world) => {
    const order = (seconds: number) =>
      client.insist({ key: `${seconds}`, payload: { seconds }, maxAttempts: 1 });
    await Promise.all([3, 4, 5, 6].map(order));
    const [bad] = world.workers;
    if (bad) bad.isDiskFull = true;
    await client.pause(60_000);
    if (bad) bad.isDiskFull = false;
  },
  assert: (world) => {
    expectStatus(world, 'succeeded', ...(world.settings.plan ? ['failed'] : []));
    const times = [...world.table.items.values()]
      .flatMap(({ history }) => history)
      .filter(({ event }) => event === 'interrupted').length;
    if (!world.settings.plan && times !== 1)
      throw new Violation('a server that is ill begins no job', `${times} jobs were given back, not 1`);
  },
};

/** Jobs that crash their server, or a process of their own, and messages that are old. */
export const serverTroubleScenarios: readonly Scenario[] = [
  crashes('a job that crashes its server, in which two others run', { isolate: false }),
  crashes('a job that crashes its own process, and no other job notices', {}),
  besides,
  fourteenHours,
  standsStill,
  fullDisk,
  nearLimits('a server receives a message near its 900th time', { receiveCount: 898 }),
  nearLimits('a server receives a message that is 12 days old', { ageMs: 12 * 24 * 3600 * 1000 }),
];
