import type { RunningLimit } from '../../shared/author/work-limit.ts';
import { isWokenPart } from '../../shared/domain/state/job/list-keys.ts';
import type { Place, WorkPlaces } from '../../shared/domain/state/limits/place.ts';
import { nextLook } from '../../shared/domain/state/waits/looks.ts';
import type { JobWrite } from '../../shared/domain/state/writes/job-write.ts';
import { inMemoryWorkPlaces } from '../../testkit/fakes/in-memory-work-places.ts';
import { countingDown, line } from './group-scenarios.ts';
import { longFigures, waitingFigures } from './limits.ts';
import { type Mutant, type Ports, spoiled } from './mutant.ts';
import { pause, resume } from './pause-scenarios.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import { job } from './waiting-scenarios.ts';
import type { World } from './world.ts';

/** Each look of who is woken may send a job on once more. */
const settings = { figures: waitingFigures, net: true, maxAdmissions: 12 };
/** For a message, its admission, and the looks before the claim. */
const soonMs = 500;

/** Jobs that count run so many at once. */
export const places =
  (...limits: readonly RunningLimit<{ readonly seconds: number }>[]) =>
  (world: World): void => {
    const { counting } = world.contracts;
    if (counting) world.contracts = { ...world.contracts, counting: { ...counting, limits } };
  };

/** Each job starts in the end. Undisturbed, it has one attempt, and each place is used again soon. */
const expectUse =
  (running: number, ...statuses: Parameters<typeof expectStatus>[1][]) =>
  (world: World): void => {
    expectStatus(world, 'succeeded', ...statuses);
    if (world.settings.plan) return;
    const times = [...world.table.items.values()]
      .filter(({ startedAt }) => startedAt !== undefined)
      .sort(({ startedAt: one = 0 }, { startedAt: other = 0 }) => one - other);
    const ends = times.map(({ finishedAt = 0 }) => finishedAt).sort((one, other) => one - other);
    for (const [index, { id, createdAt, startedAt = 0, attempt }] of times.entries()) {
      const lateMs = startedAt - Math.max(createdAt, ends[index - running] ?? 0);
      if (lateMs > soonMs)
        throw new Violation('a place that is free is used soon', `${id} starts ${lateMs} ms after it`);
      if (attempt !== 1)
        throw new Violation('to wait for a place uses no attempt', `${id} has attempt ${attempt}`);
    }
  };

const two = { key: 'api', running: 2 };
const inLine: Scenario = {
  name: 'four jobs of a type of which two run at once',
  settings,
  arrange: places(two),
  act: async (client) => {
    await Promise.all([job(client, 'a', 2), job(client, 'b', 2)]);
    await job(client, 'c', 1);
    await client.pause(1_000);
    await job(client, 'd', 1);
  },
  assert: expectUse(two.running),
};

const one = { key: 'api', running: 1 };
/**
 * The second comes when the first is about to end, and the index of those who wait is outdated then. The third comes while the second runs, and the
 * fourth when nobody does. */
const atTheEnd: Scenario = {
  name: 'a job comes at the moment at which the only place of its limit is left',
  settings,
  arrange: places(one),
  act: async (client) => {
    await job(client, 'a', 1);
    await client.pause(950);
    await job(client, 'b', 2);
    await client.pause(800);
    await job(client, 'c', 1);
    await client.pause(4_000);
    await job(client, 'd', 1);
  },
  assert: expectUse(one.running),
};

/** If the worker of the first has died, nobody has taken the job over yet, and nobody wakes the second when it is canceled. */
const afterLease: Scenario = {
  name: 'a job comes when the lease of the only job that may run could be over, and that one is canceled',
  settings,
  arrange: places(one),
  act: async (client, world) => {
    const { job: first } = await job(client, 'a', 40);
    await client.pause(world.figures.leaseMs + 1_000);
    await job(client, 'b', 1);
    if (first) await client.cancel(first.id);
  },
  assert: expectUse(one.running, 'canceled'),
};

/** Undisturbed, no job waits for longer than so many minutes after the job before has ended. */
const expectStartedWithin =
  (minutes: number) =>
  (world: World): void => {
    expectStatus(world, 'succeeded');
    if (world.settings.plan) return;
    const items = [...world.table.items.values()];
    const ends = items.map(({ finishedAt = 0 }) => finishedAt).sort((a, b) => a - b);
    for (const { id, createdAt, startedAt = 0 } of items) {
      const freeAt = Math.max(createdAt, ...ends.filter((at) => at <= startedAt));
      if (startedAt - freeAt > minutes * 60_000)
        throw new Violation('one lost wake costs ten minutes at most', `${id}: ${startedAt - freeAt} ms`);
    }
  };

/** It is sent, and lost. A heartbeat is far from the next one, so a long wait has few calls. */
const lostWake: Scenario = {
  name: 'the wake of a job is lost that has stood in line for a quarter of an hour',
  settings: { ...settings, figures: longFigures },
  arrange: (world) => {
    places(one)(world);
    world.handlers = {
      ...world.handlers,
      counting: async ({ seconds }, context) => {
        await context.pause(seconds);
        return { seconds };
      },
    };
  },
  act: async (client, world) => {
    await job(client, 'a', 850);
    await job(client, 'b', 1);
    world.waiting.isPurged = true;
    await client.pause(900_000);
    world.waiting.isPurged = false;
  },
  assert: expectStartedWithin(10),
};

/** The first is looked at while its wake is in the queue. When it has come, it says so, and the others are given more time. */
const lateWakes: Scenario = {
  name: 'four wakes are late by eight minutes',
  settings,
  arrange: (world) => {
    places(one)(world);
    world.waiting.backlogMs = 8 * 60_000;
  },
  act: async (client) => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await job(client, name, 1);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    const sent = world.calls.filter((call) => call === 'send a pointer').length;
    if (!world.settings.plan && sent > 5)
      throw new Violation('a wake that is late is sent once more at most', `${sent} pointers for 4 wakes`);
  },
};

const inGroup: Scenario = {
  name: 'jobs of two groups have one place',
  settings,
  arrange: places(one),
  act: async (client) => {
    await Promise.all([
      line(client, 'g', [countingDown(1), countingDown(1)]),
      line(client, 'h', [countingDown(1)]),
    ]);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

const canceled: Scenario = {
  name: 'a job is canceled in line and another one must start by a time, the stage is paused meanwhile, and one is retried',
  settings: { ...settings, pauses: true },
  arrange: places(one),
  act: async (client, world) => {
    await job(client, 'a', 9);
    await client.pause(500);
    const { job: waits } = await client.insist({ key: 'b', payload: { seconds: 1 } });
    const startBefore = world.time.now + 3_000;
    const { job: late } = await client.insist({ key: 'late', startBefore, payload: { seconds: 1 } });
    await client.insist({ key: 'c', payload: { seconds: 1, failFirst: 1 }, maxAttempts: 4 });
    if (!waits) return;
    await client.until(waits.id, 'waiting', 'succeeded');
    await client.cancel(waits.id);
    await pause(world, 'type:counting');
    await client.pause(20_000);
    await resume(world, 'type:counting');
    await client.retry(waits.id);
    if (late && (await client.until(late.id, 'failed', 'succeeded'))) await client.erase(late.id);
  },
  assert: (world) => expectStatus(world, 'succeeded', 'canceled', 'failed'),
};

export const workPlaceScenarios: readonly Scenario[] = [
  inLine,
  atTheEnd,
  afterLease,
  lostWake,
  lateWakes,
  inGroup,
  canceled,
];

const placing =
  (change: (places: WorkPlaces, world: World) => Partial<WorkPlaces>) =>
  (ports: Ports, _role: string, world: World): Ports => ({
    ...ports,
    workPlaces: { ...ports.workPlaces, ...change(ports.workPlaces, world) },
  });

const ofLine = (
  of: readonly JobWrite['transition'][],
  spoil: (write: JobWrite) => Partial<JobWrite>,
): NonNullable<Mutant['write']> => {
  const spoilt = spoiled(of, spoil);
  return (write, before) => (write.set.awaitsPlace || before?.awaitsPlace ? spoilt(write) : write);
};

/** Whether the lease of the holder of a place has run out. */
const isOverdue = ({ table, time }: World, { holder }: Place): boolean =>
  (table.items.get(holder?.job ?? '')?.leaseUntil ?? Infinity) < time.now;

export const workPlaceMutants: readonly Mutant[] = [
  {
    name: 'a process counts the attempts that run for itself',
    shownBy: inLine.name,
    ports: placing(() => {
      const own = inMemoryWorkPlaces();
      return {
        look: (room) => own.look(room),
        put: (...of) => own.put(...of),
        leave: (...of) => own.leave(...of),
      };
    }),
  },
  {
    name: 'a place is not freed',
    shownBy: atTheEnd.name,
    ports: placing(() => ({ leave: async () => ({}) })),
  },
  {
    name: 'a place is freed, whoever has it',
    shownBy: atTheEnd.name,
    record: (write) =>
      write.name === 'leave a place' ? { ...write, when: [[{ attribute: 'id', present: true }]] } : write,
  },
  {
    name: 'a place is taken, whoever has it',
    shownBy: inLine.name,
    ports: placing((places, { workPlaces }) => ({
      put: async (room, { number }, taker) => {
        const holder = workPlaces.taken.get(`${room.id}/${number}`);
        return places.put(room, { number, holder }, taker);
      },
    })),
  },
  {
    name: 'the place of an attempt is free when its lease has run out',
    shownBy: afterLease.name,
    ports: placing((places, world) => ({
      look: async (room) =>
        (await places.look(room)).map((place) =>
          isOverdue(world, place) ? { number: place.number } : place,
        ),
      put: async (room, { number }, taker) => {
        const holder = world.workPlaces.taken.get(`${room.id}/${number}`);
        const isFree = holder === undefined || isOverdue(world, { number, holder });
        return isFree && places.put(room, { number, holder }, taker);
      },
    })),
  },
  {
    name: 'who waits does not look once more, and says so to nobody',
    shownBy: atTheEnd.name,
    ports: (ports) => {
      let waits = false;
      const { store, workPlaces } = ports;
      const taken = { holder: { job: 'some', token: 1 }, takenAt: Infinity };
      return {
        ...ports,
        store: {
          read: (id) => store.read(id),
          write: (write) => {
            waits ||= write.set.awaitsPlace !== undefined && write.transition === 'awaitHandler';
            return store.write(write);
          },
        },
        workPlaces: {
          ...workPlaces,
          look: async (room) => (waits ? [{ number: 0, ...taken }] : workPlaces.look(room)),
          awaitLeave: async () => true,
        },
      };
    },
  },
  {
    name: 'who waits says so to nobody',
    shownBy: atTheEnd.name,
    ports: placing(() => ({ awaitLeave: async () => true })),
  },
  {
    name: 'a claim that is given back uses an attempt',
    shownBy: inLine.name,
    write: spoiled(['giveBack'], ({ set: { attempt: _, ...set } }) => ({ set })),
  },
  {
    name: 'a claim that is given back is a start',
    shownBy: inLine.name,
    write: spoiled(['giveBack'], ({ remove = [] }) => ({
      remove: remove.filter((one) => one !== 'startedAt'),
    })),
  },
  {
    // Its time and the number of its wait keep it, each alone.
    name: 'a delayed claim may take a job that waits in line',
    shownBy: inLine.name,
    write: ofLine(
      ['awaitHandler'],
      ({ set: { notBefore: _, postponedUntil: __, left: ___, ...set }, remove = [] }) => ({
        set,
        remove: [...remove, 'notBefore'],
      }),
    ),
  },
  {
    name: 'a job that is woken stays in line',
    shownBy: inLine.name,
    write: ofLine(['lookAgain'], ({ set: { dueKey: _, lookAt: __, ...set } }) => ({ set })),
  },
  {
    // The look is as far away as it was long ago.
    name: 'a job that is woken is looked at again after as long as it has waited',
    shownBy: lostWake.name,
    write: (write, before) => {
      const { dueKey, notBefore: now } = write.set;
      return isWokenPart(dueKey) && now !== undefined && before
        ? { ...write, set: { ...write.set, lookAt: nextLook({ ...before, notBefore: undefined }, now) } }
        : write;
    },
  },
  {
    name: 'nobody looks at jobs that were woken, and have not come',
    shownBy: lostWake.name,
    ports: (ports) => ({
      ...ports,
      due: {
        ...ports.due,
        find: async (query) => (isWokenPart(query.key) ? [] : ports.due.find(query)),
      },
    }),
  },
  {
    name: 'nobody says that wakes are late',
    shownBy: lateWakes.name,
    ports: placing(() => ({ noteLate: async () => undefined })),
  },
  {
    name: 'nobody asks whether wakes are late',
    shownBy: lateWakes.name,
    ports: placing(() => ({ late: async () => 0 })),
  },
  {
    name: 'nobody looks at lines whose wake was lost',
    shownBy: afterLease.name,
    ports: placing(() => ({ noteLine: async () => undefined })),
  },
];
