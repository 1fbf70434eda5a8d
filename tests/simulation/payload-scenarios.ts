import { PermanentError } from '../../shared/domain/base/errors.ts';
import type { JobStatus } from '../../shared/domain/state/job/transitions.ts';
import { objectsOf } from '../../shared/domain/state/stored/item-objects.ts';
import type { JobWrite } from '../../shared/domain/state/writes/job-write.ts';
import type { Client } from './client.ts';
import { dayMs, delayed } from './clock-scenarios.ts';
import { before } from './interposed-scenarios.ts';
import { large } from './large-jobs.ts';
import { waitingFigures } from './limits.ts';
import { type Mutant, spoiled } from './mutant.ts';
import { lookThroughAll } from './pass.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import { job } from './waiting-scenarios.ts';
import type { World } from './world.ts';

/** A queue keeps a message for 14 days, and a day is left for what sends it. */
const afterProof = 15.5 * dayMs;

const settings = { figures: waitingFigures, keepPayload: true, maxAdmissions: 6, maxDays: 400 };

/** All queues lose what they have, and what is sent while something happens. */
async function emptying(client: Client, world: World, happens: () => Promise<unknown>): Promise<void> {
  const queues = [world.queue, world.waiting];
  for (const queue of queues) queue.isPurged = true;
  await happens();
  // A delayed request may come later.
  await client.pause(60_000);
  for (const queue of queues) {
    queue.purge();
    queue.isPurged = false;
  }
}

async function findAll(client: Client, world: World): Promise<void> {
  await client.pause(afterProof);
  await lookThroughAll(world);
  await client.pause(dayMs);
}

/**
 * A submission that dies before its write has no answer. The worker writes its item, which does not keep the message. What happens
 * before a write goes on although who writes is dead: a cancel may come later.
 */
const nothingLost = (world: World): void =>
  expectStatus(world, 'succeeded', ...(world.settings.plan ? ['failed', 'canceled'] : []));

const emptied: Scenario = {
  name: 'all queues are emptied where each payload is kept, and 0 jobs are lost',
  settings,
  act: async (client, world) => {
    const running = (await job(client, 'running', 40)).job?.id ?? '';
    await client.until(running, 'running', 'succeeded');
    world.crash(running);
    await emptying(client, world, async () => {
      const first = await job(client, 'queued', 1);
      await job(client, 'dependent', 1, [first]);
      await delayed(client, 600);
      await large(client);
    });
    await findAll(client, world);
    // What depended on them may have to be found, too.
    await findAll(client, world);
  },
  assert: nothingLost,
};

const retried: Scenario = {
  name: 'a queue is emptied after a retry where each payload is kept, and the next run is not lost',
  settings,
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      counting: async ({ seconds }, context) => {
        if ((world.table.items.get(context.id)?.run ?? 1) === 1) throw new PermanentError('not in this run');
        return { seconds };
      },
    };
  },
  act: async (client, world) => {
    const id = (await job(client, 'retried', 1)).job?.id ?? '';
    await client.until(id, 'failed');
    await emptying(client, world, () => client.retry(id));
    await findAll(client, world);
  },
  assert: nothingLost,
};

const revived: Scenario = {
  name: 'a job is canceled in an emptied queue where each payload is kept, and goes on after a retry',
  settings,
  act: async (client, world) => {
    let id = '';
    await emptying(client, world, async () => {
      id = (await job(client, 'revived', 1)).job?.id ?? '';
    });
    await client.cancel(id);
    await client.pause(60_000);
    await client.retry(id);
    await findAll(client, world);
  },
  assert: nothingLost,
};

const erased: Scenario = {
  name: 'jobs whose payload is kept are canceled in an emptied queue, and erased with it',
  settings,
  act: async (client, world) => {
    const ids: string[] = [];
    await emptying(client, world, async () => {
      ids.push((await job(client, 'small', 1)).job?.id ?? '', await large(client));
    });
    for (const id of ids) await client.cancel(id);
    for (const id of ids) await client.erase(id);
    await findAll(client, world);
  },
  assert: (world) => {
    for (const { id, erased: isErased, keptMessage, messageObject } of world.table.items.values())
      if (isErased && (keptMessage ?? messageObject) !== undefined)
        throw new Violation('what is erased is kept nowhere', id);
    if (!world.settings.plan && world.bucket.objects.size > 0)
      throw new Violation('what is erased is kept nowhere', [...world.bucket.objects.keys()].join());
  },
};

/** The worker is faster than the write of a submission. What it has made of the job by then is stored before. */
const overtaken = (
  what: string,
  order: 'large' | { readonly seconds: number; readonly failFirst?: number },
  status: JobStatus,
): Scenario => ({
  name: `a worker is faster than the write of a submission, ${what}, and its queue is emptied: the payload is kept`,
  settings,
  arrange: (world) => {
    const slowly: (typeof world.handlers)['csv-sums'] = async (_payload, context) => {
      await context.pause(10);
      return { rows: 0, groups: [] };
    };
    world.handlers = { ...world.handlers, 'csv-sums': slowly };
  },
  act: async (client, world) => {
    let id = '';
    before(
      world,
      (call) => call === 'submit',
      async (overtakenId) => {
        id = overtakenId;
        await client.until(id, status);
      },
      'submit',
    );
    if (order === 'large') await large(client);
    else await client.insist({ key: 'overtaken', payload: order, maxAttempts: 4 });
    if (status === 'running') world.crash(id);
    await emptying(client, world, () => client.pause(1_000));
    await findAll(client, world);
  },
  assert: nothingLost,
});
const andDies = overtaken('dies', { seconds: 40 }, 'running');

/** Admission is faster: the job waits for another one. @param then what happens to it before the write */
const deferred = (
  what: string,
  isLarge: boolean,
  meet: (client: Client, world: World, id: string) => Promise<void>,
): Scenario => ({
  name: `admission is faster than the write of a submission, ${what}: the payload is kept`,
  // A wake may be lost with the rest.
  settings: { ...settings, net: true, maxAdmissions: 12 },
  act: async (client, world) => {
    const first = await job(client, 'first', 3);
    let id = '';
    before(
      world,
      (call, called) => call === 'submit' && called !== first.job?.id,
      async (deferredId) => {
        id = deferredId;
        await client.until(id, 'waiting');
        if (what.includes('canceled')) await client.cancel(id);
      },
      'submit',
    );
    if (isLarge) await large(client, { dependsOn: [first.job?.id ?? ''] });
    else await job(client, 'second', 40, [first]);
    await meet(client, world, id);
    await findAll(client, world);
  },
  assert: nothingLost,
});
const deferredThenLost = deferred(
  'and the job starts, and its queue is emptied',
  false,
  async (client, world, id) => {
    await client.until(id, 'running');
    world.crash(id);
    await emptying(client, world, () => client.pause(1_000));
  },
);
const deferredThenRetried = deferred(
  'and the job is canceled, and is lost after a retry',
  false,
  async (client, world, id) => emptying(client, world, () => client.retry(id)),
);
/** The bucket's lifecycle rules delete what the refused submission has put. */
const deferredLarge = deferred('whose message is large', true, async (client, { bucket, table }, id) => {
  await client.until(id, 'succeeded');
  await client.pause(60_000);
  const known = new Set([...table.items.values()].flatMap(objectsOf));
  for (const name of bucket.objects.keys()) if (!known.has(name)) bucket.objects.delete(name);
});

/** Two bodies under one key, and one is accepted. */
const racing: Scenario = {
  name: 'submissions race for one key, and their queue is emptied: the payload of the one that is accepted is kept',
  settings,
  act: async (client, world) => {
    await emptying(client, world, () =>
      Promise.all([
        client.insist({ key: 'k', payload: { seconds: 1 }, maxAttempts: 4 }),
        client.insist({ key: 'k', payload: { seconds: 2 }, maxAttempts: 4 }),
      ]),
    );
    await findAll(client, world);
  },
  assert: nothingLost,
};

/** A stage that keeps each message from its submission on. */
export const payloadScenarios: readonly Scenario[] = [
  emptied,
  retried,
  revived,
  erased,
  andDies,
  overtaken('dies with a large job', 'large', 'running'),
  overtaken('fails', { seconds: 0, failFirst: 3 }, 'queued'),
  overtaken('has done its job', { seconds: 0 }, 'succeeded'),
  deferredThenLost,
  deferredThenRetried,
  deferredLarge,
  racing,
];

const withoutPayload = ({ keptMessage: _, ...set }: JobWrite['set']): JobWrite['set'] => set;
const forgets = (name: 'retry' | 'erase' | 'succeed', isKept: boolean) =>
  spoiled([name], ({ remove = [] }) => ({
    remove: isKept ? remove.filter((each) => each !== 'keptMessage') : [...remove, 'keptMessage'],
  }));

export const payloadMutants: readonly Mutant[] = [
  {
    name: 'a submission does not keep its payload',
    shownBy: emptied.name,
    write: spoiled(['submit', 'schedule'], ({ set }) => ({ set: withoutPayload(set) })),
  },
  {
    name: 'a submission that a worker has overtaken does not keep its payload',
    shownBy: andDies.name,
    write: spoiled(['keepMessage'], () => ({ set: {} })),
  },
  {
    name: 'a retry forgets the payload that was kept',
    shownBy: retried.name,
    write: forgets('retry', false),
  },
  {
    name: 'an erased job has the payload that was kept',
    shownBy: erased.name,
    write: forgets('erase', true),
  },
  {
    name: 'a job that has succeeded has the payload that was kept',
    shownBy: emptied.name,
    write: forgets('succeed', true),
  },
];
