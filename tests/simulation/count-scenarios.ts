import { RetryAfterError } from '../../shared/domain/base/errors.ts';
import { alreadyEnded } from './children-scenarios.ts';
import type { Client } from './client.ts';
import { allButRepeat } from './faults.ts';
import { soon } from './late-scenarios.ts';
import { waitingFigures } from './limits.ts';
import { pause, resume } from './pause-scenarios.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { waitsForMinutes } from './signal-scenarios.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** So many jobs of the tenant may be unfinished. */
const atOnce = (unfinishedJobs: number) => ({ unfinishedJobs });

function expectJobs(world: World, keys: number): void {
  const { size } = world.table.items;
  if (size !== keys) throw new Violation('a key is one job', `${size} jobs of ${keys} keys`);
}

const order = (key: string, seconds = 1) => ({ key, payload: { seconds } });

/** Each one waits until one before it has ended. */
export const waitsAtTheDoor: Scenario = {
  name: 'a tenant submits more jobs than may be unfinished',
  settings: atOnce(2),
  act: async (client) => {
    for (const key of ['a', 'b', 'c', 'd', 'e']) await client.insistUntilLetIn(order(key, 7));
  },
  assert: (world) => {
    expectJobs(world, 5);
    expectStatus(world, 'succeeded');
  },
};

/** While its jobs run, it hears of them again. */
export const repeats: Scenario = {
  name: 'a tenant with as many unfinished jobs as it may have repeats what it has submitted',
  settings: atOnce(2),
  act: async (client) => {
    for (let times = 0; times < 2; times += 1)
      for (const key of ['a', 'b']) await client.insistUntilLetIn(order(key, 20));
  },
  assert: (world) => {
    expectJobs(world, 2);
    expectStatus(world, 'succeeded');
  },
};

/** Each comes by two requests at the same time, and both may be counted. */
export const atTheSameTime: Scenario = {
  name: 'jobs of a tenant with a limit on unfinished ones are submitted twice at the same time',
  settings: atOnce(2),
  act: async (client) => {
    const keys = ['a', 'a', 'b', 'b', 'c'];
    await Promise.all(keys.map((key) => client.insistUntilLetIn(order(key))));
  },
  assert: (world) => {
    expectJobs(world, 3);
    expectStatus(world, 'succeeded');
  },
};

/** What waits is unfinished, until it is canceled. */
const waiting: Scenario = {
  name: 'a tenant cancels a job that waits, so that it may submit another one',
  settings: { ...atOnce(2), figures: waitingFigures, maxAdmissions: 6 },
  act: async (client) => {
    const { job: later } = await client.insistUntilLetIn({ ...order('later'), delaySeconds: 5_000 });
    if (!later) return;
    const { job: next } = await client.insistUntilLetIn({ ...order('next'), dependsOn: [later.id] });
    await client.pause(30_000);
    if (next) await client.cancel(next.id);
    await client.insistUntilLetIn({ ...order('other'), group: 'g' });
    await client.cancel(later.id);
    await client.insistUntilLetIn({ ...order('last'), group: 'g' });
  },
  assert: (world) => {
    expectJobs(world, 4);
    expectStatus(world, 'succeeded', 'canceled', 'failed');
  },
};

const endsBadly = async (client: Client): Promise<string> => {
  const { job } = await client.insistUntilLetIn({ key: 'bad', payload: 'not a payload' });
  if (job) await client.until(job.id, 'failed');
  return job?.id ?? '';
};

/** A retry is not refused, and counts. */
export const retried: Scenario = {
  name: 'a counted job fails, and is retried while another one runs',
  settings: atOnce(1),
  act: async (client) => {
    const id = await endsBadly(client);
    await client.insistUntilLetIn(order('other', 20));
    await client.retry(id);
    await client.insistUntilLetIn(order('last'));
  },
  assert: (world) => {
    expectJobs(world, 3);
    expectStatus(world, 'failed', 'succeeded');
  },
};

/** Its message may be in the queue still, or not: one way it is revived, and the other way it is sent again. */
const canceled: Scenario = {
  name: 'a counted job is canceled and retried, while it is queued and while it runs',
  settings: atOnce(1),
  // A cancel finds the job queued or running, as it comes.
  faults: allButRepeat,
  act: async (client, world) => {
    const { job } = await client.insistUntilLetIn(order('a', 30));
    if (!job) return;
    await client.cancel(job.id);
    await client.retry(job.id);
    await client.until(job.id, 'running');
    await client.cancel(job.id);
    await client.until(job.id, 'canceled');
    await client.pause(1_000);
    await client.retry(job.id);
    await client.cancel(job.id);
    await client.until(job.id, 'canceled');
    await client.insistUntilLetIn(order('b'));
    if (!world.settings.plan) expectJobs(world, 2);
  },
};

/** Nobody starts it in time: the receiver of its message ends it. */
const late: Scenario = {
  name: 'counted jobs are late, or are not started in time',
  settings: { ...atOnce(2), batchSize: 1 },
  act: async (client, world) => {
    const startBefore = soon(world, 20);
    for (const key of ['a', 'b'])
      await client.insistUntilLetIn({ ...order(key, 25), group: 'g', startBefore });
    for (const key of ['c', 'd']) await client.insistUntilLetIn(order(key));
  },
  assert: (world) => {
    expectJobs(world, 4);
    expectStatus(world, 'succeeded', 'failed');
  },
};

/** The door counts again while jobs come in and end. */
const steady: Scenario = {
  name: 'a tenant submits a job every two seconds, of which few are unfinished at once',
  settings: atOnce(6),
  act: async (client) => {
    for (let job = 0; job < 12; job += 1) {
      await client.insistUntilLetIn(order(`job ${job}`));
      await client.pause(2_000);
    }
  },
  assert: (world) => {
    expectJobs(world, 12);
    expectStatus(world, 'succeeded');
  },
};

/** The door counts again while the index does not have the last one yet. */
export const filling: Scenario = {
  name: 'long jobs of a tenant come in one after another until no more may be unfinished',
  settings: atOnce(4),
  act: async (client) => {
    for (let job = 0; job < 6; job += 1) {
      await client.insistUntilLetIn(order(`job ${job}`, 30));
      await client.pause(3_000);
    }
  },
  assert: (world) => {
    expectJobs(world, 6);
    expectStatus(world, 'succeeded');
  },
};

/** Each group has a number of its own, beside that of all jobs. */
export const ofGroups: Scenario = {
  name: 'a tenant submits jobs to two groups, in each of which one may be unfinished',
  settings: { ...atOnce(3), unfinishedJobsOfGroup: 1 },
  act: async (client, world) => {
    const ofGroup = (key: string, group: string) => ({ ...order(key, 7), group });
    const inOne = ['a', 'b'].map((key) => client.insistUntilLetIn(ofGroup(key, 'g')));
    await client.pause(1_000);
    const { status } = await client.insist(ofGroup('c', 'h'));
    if (!world.settings.plan && status === 429)
      throw new Violation('one group does not fill another', 'the second one is refused');
    await client.insistUntilLetIn(ofGroup('c', 'h'));
    await Promise.all(inOne);
  },
  assert: (world) => {
    expectJobs(world, 3);
    expectStatus(world, 'succeeded');
  },
};

/** Its tenant has no limit on all jobs. */
export const retriedInGroup: Scenario = {
  name: 'a job that is counted in its group alone fails, is retried and canceled',
  settings: { unfinishedJobsOfGroup: 1 },
  act: async (client) => {
    const { job } = await client.insistUntilLetIn({ key: 'bad', payload: 'not a payload', group: 'g' });
    if (job) await client.until(job.id, 'failed');
    await client.insistUntilLetIn({ ...order('other', 7), group: 'g' });
    if (job) await client.retry(job.id);
    if (job) await client.cancel(job.id);
    await client.insistUntilLetIn({ ...order('last'), group: 'g' });
  },
  assert: (world) => {
    expectJobs(world, 3);
    expectStatus(world, 'failed', 'canceled', 'succeeded');
  },
};

/** One that does not wait comes in, whatever waits. What is admitted does not wait any more. */
export const thoseThatWait: Scenario = {
  name: 'a tenant submits jobs that are to wait, of which one may',
  settings: { waitingJobs: 1, figures: waitingFigures, maxAdmissions: 6 },
  act: async (client, world) => {
    const later = (key: string, delaySeconds: number) => ({ ...order(key), delaySeconds });
    const both = ['a', 'b'].map((key) => client.insistUntilLetIn(later(key, 6)));
    await client.pause(1_000);
    const { status } = await client.insist(order('now'));
    if (!world.settings.plan && status === 429) throw new Violation('only what waits is refused', 'now');
    const [first] = await Promise.all(both);
    if (!first?.job) return;
    const { job: next } = await client.insistUntilLetIn({ ...order('c', 9), dependsOn: [first.job.id] });
    if (!next) return;
    await client.insistUntilLetIn({ ...order('d'), dependsOn: [next.id] });
    const { job: last } = await client.insistUntilLetIn(later('e', 5_000));
    if (last) await client.cancel(last.id);
  },
  assert: (world) => expectStatus(world, 'succeeded', 'canceled', 'failed'),
};

/** What begins to wait later is not refused, and takes the place of another one. */
export const waitsLater: Scenario = {
  name: 'a job sleeps, and is put off for hours, while its tenant may have one that waits',
  settings: { waitingJobs: 1, figures: waitingFigures, maxAdmissions: 6 },
  arrange: (world) => {
    const counting: typeof world.handlers.counting = async ({ seconds }, job) => {
      const { waitedMs } = world.table.items.get(job.id) ?? {};
      if (seconds === 3 && !job.resume) await job.sleep(1_800, { passed: 1 });
      if (seconds === 3 && waitedMs === undefined) throw new RetryAfterError(1_800);
      return { seconds };
    };
    world.handlers = { ...world.handlers, counting };
  },
  act: async (client, world) => {
    const later = { ...order('b'), delaySeconds: 10 };
    const { job } = await client.insistUntilLetIn(order('a', 3));
    if (job) await client.until(job.id, 'waiting');
    await client.pause(30_000);
    const { status } = await client.insist(later);
    if (!world.settings.plan && status !== 429) throw new Violation('a job that sleeps waits', `${status}`);
    await client.pause(2 * 3_600_000);
    await client.insistUntilLetIn(later);
  },
  assert: (world) => {
    expectJobs(world, 2);
    expectStatus(world, 'succeeded', 'failed');
  },
};

/** Whatever a job waits for, it is in the part of the index for those that wait: `list-rule.ts` looks at each item. */
const counted = (scenario: Scenario): Scenario => ({
  ...scenario,
  name: `${scenario.name}; jobs that wait are counted`,
  settings: { ...scenario.settings, waitingJobs: 9 },
});

const whilePaused: Scenario = {
  name: 'a type is paused when a job comes, and is resumed',
  settings: { figures: waitingFigures, net: true, pauses: true, maxAdmissions: 12 },
  act: async (client, world) => {
    await pause(world, 'type:counting');
    await client.insist(order('a'));
    await client.pause(10_000);
    await resume(world, 'type:counting');
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

export const countScenarios: readonly Scenario[] = [
  ...[whilePaused, waitsForMinutes, alreadyEnded].map(counted),
  waitsAtTheDoor,
  filling,
  repeats,
  atTheSameTime,
  waiting,
  retried,
  canceled,
  late,
  steady,
  ofGroups,
  retriedInGroup,
  thoseThatWait,
  waitsLater,
];
