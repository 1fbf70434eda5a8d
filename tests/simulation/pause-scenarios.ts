import type { SQSEvent } from 'aws-lambda';
import { readMessage } from '../../shared/domain/state/job/message.ts';
import type { JobWrite } from '../../shared/domain/state/writes/job-write.ts';
import { countingDown, line } from './group-scenarios.ts';
import { before } from './interposed-scenarios.ts';
import { waitingFigures } from './limits.ts';
import { type Mutant, type Ports, spoiled, withMessages } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { pausing as forSeconds, onServers, servers } from './server-scenarios.ts';
import { Violation } from './violation.ts';
import { job } from './waiting-scenarios.ts';
import type { World } from './world.ts';

const minuteMs = 60_000;
/** Each look may send a job on once more. */
export const settings = { figures: waitingFigures, net: true, pauses: true, maxAdmissions: 12 };

export const check = (holds: boolean, what: string): void => {
  if (!holds) throw new Violation('what was paused starts after the pause, and uses no attempt', what);
};

/** An operator who gets no answer asks again. */
export async function operate(
  world: World,
  call: (pauses: ReturnType<World['portsOf']>['pauses']) => Promise<unknown>,
) {
  for (let tries = 1; tries < 14; tries += 1) {
    const instance = world.instance('api');
    const answered = call(world.portsOf(instance).pauses).then(
      () => true,
      () => false,
    );
    if (await Promise.race([answered, instance.death.then(() => false)])) return;
    await world.time.pause(Math.min(minuteMs, 1_000 * 2 ** tries));
  }
}

export const pause = (
  world: World,
  name: string,
  { forMs, ...more }: { readonly forMs?: number; readonly submissions?: 'refuse' } = {},
) =>
  operate(world, (pauses) => {
    const at = world.time.now;
    const until = forMs === undefined ? {} : { until: at + forMs };
    return pauses.put(name, { at, by: 'operator', ...until, ...more });
  });

export const resume = (world: World, name: string) =>
  operate(world, (pauses) => pauses.resume(name, 'operator', world.time.now));

/** Undisturbed, each job has had one attempt, and has ended soon after the next call of who looks. */
export function checkEnds(world: World): void {
  expectStatus(world, 'succeeded');
  if (world.settings.plan) return;
  for (const { id, attempt, startedAt = 0 } of world.table.items.values()) {
    check(attempt === 1, `${id} has attempt ${attempt}`);
    const late = startedAt - world.pauseRule.endedAt;
    check(late < 6 * minuteMs, `${id} starts ${late} ms after the end of the pause`);
  }
  check(world.pauses.size === 0, 'a pause that has ended is not forgotten');
}

const paused: Scenario = {
  name: 'a type is paused while a job runs and others come, and is resumed',
  settings,
  act: async (client, world) => {
    const { job: first } = await client.insist({ key: 'first', payload: { seconds: 9 } });
    if (first) await client.until(first.id, 'running', 'succeeded');
    await pause(world, 'type:counting');
    await job(client, 'second', 1);
    await client.pause(4_000);
    await job(client, 'third', 1);
    await client.pause(minuteMs);
    await resume(world, 'type:counting');
  },
  assert: checkEnds,
};

/** The time of the pause is over before the first look. */
const bySelf: Scenario = {
  name: 'a queue is paused for ten minutes, and one job has to start before that',
  settings,
  act: async (client, world) => {
    await pause(world, 'queue:long', { forMs: 10 * minuteMs });
    await client.pause(4_000);
    await job(client, 'first', 1);
    await client.insist({ key: 'late', startBefore: world.time.now + 2 * minuteMs });
  },
  assert: (world) => expectStatus(world, 'succeeded', 'failed'),
};

const inGroup: Scenario = {
  name: 'the stage is paused while the jobs of a group run, and is resumed',
  // A worker that crashes before the pause leaves a job that is taken over after it.
  settings: { ...settings, takenOverWithinMs: 5 * minuteMs },
  act: async (client, world) => {
    await line(client, 'g', [countingDown(6), countingDown(1), countingDown(0)]);
    await client.pause(2_000);
    await pause(world, 'stage');
    await client.pause(minuteMs);
    await line(client, 'h', [countingDown(1)]);
    await resume(world, 'stage');
  },
  assert: checkEnds,
};

const waitsInside: Scenario = {
  name: 'a tenant is paused while its jobs back off, sleep, and wait for others',
  settings,
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      counting: async ({ seconds, failFirst }, context) => {
        if (failFirst && context.attempt === 1) throw new Error('once');
        if (seconds === 2 && !context.resume) await context.sleep(20, { passed: 1 });
        return { seconds };
      },
    };
  },
  act: async (client, world) => {
    const { job: first } = await client.insist({
      key: 'fails',
      payload: { seconds: 1, failFirst: 1 },
      maxAttempts: 5,
    });
    await client.insist({ key: 'sleeps', payload: { seconds: 2 } });
    if (first) await client.insist({ key: 'waits', dependsOn: [first.id], payload: { seconds: 1 } });
    await pause(world, 'tenant:someone');
    await client.insist({ key: 'delayed', delaySeconds: 10, payload: { seconds: 1 } });
    await client.pause(2 * minuteMs);
    await resume(world, 'tenant:someone');
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

const canceled: Scenario = {
  name: 'a paused job is canceled, and retried after the pause, alone and in a group, and one is erased',
  settings,
  act: async (client, world) => {
    await pause(world, 'stage');
    await client.pause(4_000);
    const alone = await client.insist({ key: 'alone' });
    const grouped = await client.insist({ key: 'grouped', group: 'g' });
    await line(client, 'g', [countingDown(0)]);
    const erased = await client.insist({ key: 'erased' });
    for (const { job: one } of [alone, grouped, erased])
      if (one) {
        await client.until(one.id, 'waiting');
        await client.cancel(one.id);
      }
    await client.pause(minuteMs);
    if (erased.job) await client.erase(erased.job.id);
    await resume(world, 'stage');
    await client.pause(minuteMs);
    for (const { job: one } of [alone, grouped]) if (one) await client.retry(one.id);
  },
  assert: (world) => expectStatus(world, 'succeeded', 'canceled'),
};

/** Each worker of before is gone, and nobody can try its jobs again alone. */
const crashes: Scenario = {
  name: 'the worker of two jobs crashes while the stage is paused, and the type is paused for longer',
  settings,
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      counting: async ({ seconds }, context) => {
        await context.pause(5);
        if (seconds === 3 && world.workers.length === 1) world.crash(context.id);
        return { seconds };
      },
    };
  },
  act: async (client, world) => {
    await Promise.all([3, 4].map((seconds) => client.submit({ payload: { seconds }, maxAttempts: 1 })));
    await client.pause(1_000);
    await pause(world, 'stage');
    await pause(world, 'type:counting');
    await client.pause(8 * minuteMs);
    await resume(world, 'stage');
    await client.pause(10 * minuteMs);
    await resume(world, 'type:counting');
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'succeeded');
  },
};

/** The table has the first job as it was queued, and neither of the others; the messages of all are there. */
const restored: Scenario = {
  name: 'a table of before is restored with a pause of the stage, while jobs have messages, and is resumed',
  settings,
  act: async (client, world) => {
    world.queue.backlogMs = 30 * minuteMs;
    await job(client, 'first', 1);
    const then = [...world.table.items.values()];
    await job(client, 'second', 1);
    await job(client, 'third', 1);
    world.restoreTable(then);
    world.queue.backlogMs = 0;
    await pause(world, 'stage');
    await client.pause(40 * minuteMs);
    await resume(world, 'stage');
  },
  assert: checkEnds,
};

/** One process that is never idle for three seconds: it reads the pauses ahead. */
const ahead: Scenario = {
  name: 'a type is paused while a server takes one job after the other, and is resumed',
  // What crashes is held, too, when it comes again.
  settings: { ...settings, servers: servers({ count: 1 }), takenOverWithinMs: 6 * minuteMs },
  arrange: onServers(forSeconds),
  act: async (client, world) => {
    await job(client, 'first', 3);
    await client.pause(1_000);
    await pause(world, 'type:counting');
    await client.pause(1_200);
    await job(client, 'second', 0);
    await client.pause(2_800);
    await job(client, 'third', 0);
    await client.pause(minuteMs);
    await resume(world, 'type:counting');
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

/** Who looks sends the pointer first, and its write takes four seconds: that comes before, and finds a job that nobody may claim yet. */
const slowLook: Scenario = {
  name: 'a type is paused and resumed, and who looks is slow to write that its job is due',
  settings,
  act: async (client, world) => {
    await pause(world, 'type:counting');
    await client.pause(4_000);
    await job(client, 'first', 1);
    await client.pause(minuteMs);
    before(
      world,
      (call) => call === 'lookAgain',
      () => client.pause(4_000),
      'overdue',
    );
    await resume(world, 'type:counting');
  },
  assert: checkEnds,
};

export const pauseScenarios: readonly Scenario[] = [
  paused,
  bySelf,
  inGroup,
  waitsInside,
  canceled,
  crashes,
  restored,
  ahead,
  slowLook,
];

const isPause = ({ transition, set }: JobWrite): boolean => transition === 'awaitHandler' && !!set.paused;

const pausing =
  (spoil: (write: JobWrite) => Partial<JobWrite>) =>
  (write: JobWrite): JobWrite =>
    isPause(write) ? { ...write, ...spoil(write) } : write;

const ofLooks =
  (spoil: (ports: Ports) => Partial<Ports>) =>
  (ports: Ports, role: string): Ports =>
    role === 'overdue' ? { ...ports, ...spoil(ports) } : ports;

/** The second job of the group, as long as nobody has sent its message again. */
const isSecond = (body: string): boolean => body.includes('"seconds":1') && !body.includes('requeued');

/** The message of a group goes to the end of its queue, which does not take it for the one before. */
const toTheEnd: Mutant = {
  ...withMessages('the message of a paused job goes behind those of its group', inGroup.name, sendingAgain),
  deduplicationId: ({ id, requeued }) => `${id} ${requeued ?? false}`,
  answer: ({ batchItemFailures }, { Records }, { whys }) => ({
    batchItemFailures: batchItemFailures.filter(({ itemIdentifier }) => {
      const isMoved = Records.some(({ messageId, body }) => messageId === itemIdentifier && isSecond(body));
      return !(isMoved && whys.get(itemIdentifier) === 'it is paused in its group');
    }),
  }),
};

function sendingAgain(ports: Ports, role: string, { event }: { readonly event: SQSEvent }): Ports {
  const write = async (one: JobWrite) => {
    const body = event.Records.find((record) => record.body.includes(one.id))?.body ?? '';
    const message = isPause(one) && isSecond(body) ? readMessage(body) : undefined;
    if (message && !(message instanceof Error)) await ports.ordered.send({ ...message, requeued: true });
    return ports.store.write(one);
  };
  return role === 'worker' ? { ...ports, store: { ...ports.store, write } } : ports;
}

export const pauseMutants: readonly Mutant[] = [
  {
    name: 'nobody reads what is paused',
    shownBy: paused.name,
    ports: (ports, role) =>
      role === 'worker' ? { ...ports, pauses: { ...ports.pauses, read: async () => new Map() } } : ports,
  },
  {
    name: 'what is read ahead of the pauses is what was read before',
    shownBy: ahead.name,
    ports(ports, role) {
      let first: ReturnType<Ports['pauses']['read']> | undefined;
      const read = () => {
        first ??= ports.pauses.read();
        return first;
      };
      return role === 'worker' ? { ...ports, pauses: { ...ports.pauses, read } } : ports;
    },
  },
  {
    name: 'a pause uses an attempt',
    shownBy: paused.name,
    write: (write, before) =>
      isPause(write) ? { ...write, set: { ...write.set, attempt: (before?.attempt ?? 0) + 1 } } : write,
  },
  {
    name: 'nobody looks at what is paused',
    shownBy: paused.name,
    ports: ofLooks(({ due }) => ({
      due: {
        page: async () => ({ entries: [] }),
        find: async (query) => (query.key.startsWith('paused') ? [] : due.find(query)),
      },
    })),
  },
  {
    name: 'the end of a pause starts nothing before its next look',
    shownBy: paused.name,
    ports: ofLooks(({ due }) => ({ due: { ...due, page: async () => ({ entries: [] }) } })),
  },
  {
    name: 'a job whose pause has ended is not said to be due',
    shownBy: paused.name,
    write: spoiled(['lookAgain'], ({ set: { notBefore: _, postponedUntil: __, ...set } }) => ({ set })),
  },
  {
    name: 'admission takes the time that keeps claims from a paused job for that of the job',
    shownBy: slowLook.name,
    ports: (ports, role) => {
      if (role !== 'admission') return ports;
      const { store } = ports;
      const read: typeof store.read = async (id) => {
        const { paused: _, ...item } = (await store.read(id)) ?? {};
        return 'id' in item ? item : undefined;
      };
      return { ...ports, store: { ...store, read } };
    },
  },
  {
    // Its time and the number of its wait keep it, each alone.
    name: 'a delayed claim takes a job that is paused',
    shownBy: waitsInside.name,
    write: pausing(({ set: { notBefore: _, postponedUntil: __, left: ___, ...set } }) => ({ set })),
  },
  {
    name: 'a paused job is not in the index of what waits',
    shownBy: crashes.name,
    write: pausing(({ set: { dueKey: _, lookAt: __, ...set } }) => ({ set })),
  },
  toTheEnd,
];
