import { describe, expect, test } from '@jest/globals';
import { wakeLines } from '../../../../../shared/admission/wake-lines.ts';
import { wakeOverdue } from '../../../../../shared/admission/wake-overdue.ts';
import type { RunningLimit } from '../../../../../shared/author/work-limit.ts';
import { wakeInLine } from '../../../../../shared/delivery/wake-in-line.ts';
import { QueueUnavailableError, StoreUnavailableError } from '../../../../../shared/domain/base/errors.ts';
import { keyPartOf } from '../../../../../shared/domain/base/tenant-key.ts';
import { isInLine, type JobItem, placeAwaited } from '../../../../../shared/domain/state/job/item.ts';
import { writeMessage } from '../../../../../shared/domain/state/job/message.ts';
import { processDelivery } from '../../../../../shared/worker/attempt/process-delivery.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryDueList } from '../../../../../testkit/fakes/in-memory-due-list.ts';
import {
  type InMemoryWorkPlaces,
  inMemoryWorkPlaces,
} from '../../../../../testkit/fakes/in-memory-work-places.ts';
import { intercepted } from '../../../../../testkit/fakes/intercepted.ts';
import { aDelivery, aMessage, anId, aRunningItem, jobId, leaseMs } from '../../../../set-ups/samples.ts';
import { anInvocation, aWorker } from '../../../../set-ups/worker.ts';

const room = { id: keyPartOf('api'), running: 1 };
const other = { job: anId(9), token: 5 };
const message = aMessage({ payload: { seconds: 0 } });

/** A worker of a type with limits on what runs. Another job has the place. */
async function limitedWorker(...limits: readonly RunningLimit[]) {
  const worker = aWorker();
  const { deps, store, clock } = worker;
  const { counting } = deps.contracts;
  if (!counting) throw new Error('there is no such type');
  const workPlaces = inMemoryWorkPlaces(store.items);
  const all = limits.length > 0 ? limits : [{ key: 'api', running: 1 }];
  const limited = {
    ...deps,
    workPlaces,
    due: new InMemoryDueList(store.items),
    contracts: { ...deps.contracts, counting: { ...counting, limits: all } },
  };
  store.items.set(other.job, aRunningItem({ id: other.job, fencingToken: other.token }));
  await workPlaces.put(room, { number: 0 }, { ...other, now: clock.now() });
  /** Of a job that waits, the copy that admission makes from its item. */
  const process = (of = message) => {
    const left = store.items.get(of.id)?.left;
    return processDelivery(aDelivery({ body: writeMessage({ ...of, left }) }), anInvocation(clock), limited);
  };
  return { ...worker, limited, workPlaces, process, stored: () => store.items.get(jobId) };
}

describe('a worker of a type that limits how many run', () => {
  test('runs a job that has a place, and frees that', async () => {
    const { process, stored, workPlaces } = await limitedWorker({ key: 'other', running: 2 });
    expect(await process()).toMatchObject({ kind: 'delete' });
    expect(stored()?.status).toBe('succeeded');
    expect([...workPlaces.taken.values()].map(({ job }) => job)).toEqual([other.job]);
  });

  test('does not take the place of a later attempt of its job', async () => {
    const { limited, workPlaces, store, clock } = await limitedWorker({ key: 'other', running: 1 });
    const free = { id: keyPartOf('other'), running: 1 };
    let isTakenOver = false;
    // Another worker, whose clock is ahead, takes the job over between the claim and the place.
    const takeOver = async () => {
      const item = store.items.get(jobId);
      if (isTakenOver || !item) return;
      isTakenOver = true;
      const token = item.fencingToken + 1;
      store.items.set(jobId, { ...item, fencingToken: token, claimId: 'another' });
      await workPlaces.put(free, { number: 0 }, { job: jobId, token, now: clock.now() });
    };
    const racing = Object.assign(inMemoryWorkPlaces(store.items), {
      look: (of: typeof free) => workPlaces.look(of),
      leave: (...of: Parameters<InMemoryWorkPlaces['leave']>) => workPlaces.leave(...of),
      put: async (...of: Parameters<InMemoryWorkPlaces['put']>) => {
        await takeOver();
        return workPlaces.put(...of);
      },
    });
    await processDelivery(aDelivery({ body: writeMessage(message) }), anInvocation(clock), {
      ...limited,
      workPlaces: racing,
    });
    const [holder] = [...workPlaces.taken.values()].filter(({ job }) => job === jobId);
    expect(holder?.token).toBe(store.items.get(jobId)?.fencingToken);
  });

  test('lets a job without a place stand in line, and uses no attempt', async () => {
    const { process, stored, workPlaces } = await limitedWorker();
    expect(await process()).toMatchObject({
      kind: 'delete',
      why: expect.stringContaining('waits for a place'),
    });
    expect(stored()).toMatchObject({
      status: 'waiting',
      attempt: 0,
      history: [],
      message: writeMessage(message),
    });
    expect(await workPlaces.first(room, 9)).toEqual([jobId]);
    expect(await workPlaces.leave(room, 0, other)).toEqual({ awaitedBy: jobId });
  });

  test('wakes the first in line when an attempt has ended, and starts nobody before', async () => {
    const { process, stored, workPlaces, pointers, store, clock } = await limitedWorker();
    await process();
    await clock.advance(10);
    const waits = stored() as JobItem;
    store.items.set(anId(3), { ...waits, id: anId(3), lookAt: (waits.lookAt ?? 0) + 1 });
    await workPlaces.leave(room, 0, other);
    // A third one comes, and does not overtake: it wakes the first.
    await process(aMessage({ id: anId(4), payload: { seconds: 0 } }));
    expect(pointers.sent.map(({ pointer }) => pointer.id)).toEqual([jobId]);
    expect(await workPlaces.first(room, 9)).toEqual([anId(3), anId(4)]);
    await process();
    expect(stored()?.status).toBe('succeeded');
    expect(pointers.sent.map(({ pointer }) => pointer.id)).toEqual([jobId, anId(3)]);
  });

  test.each([
    [9, 1],
    [40, 0],
  ])('who comes behind %d others while a place is free wakes %d of them', async (others, woken) => {
    // The fraction of the random source is a half: of 40, a quarter would wake one.
    const { process, stored, workPlaces, pointers, store, clock } = await limitedWorker();
    await process();
    await clock.advance(10);
    const waits = stored() as JobItem;
    for (let number = 1; number < others; number += 1) {
      const id = anId(100 + number);
      store.items.set(id, { ...waits, id, lookAt: (waits.lookAt ?? 0) + number });
    }
    await workPlaces.leave(room, 0, other);
    await process(aMessage({ id: anId(4), payload: { seconds: 0 } }));
    expect(pointers.sent).toHaveLength(woken);
  });

  test('a job that was woken in vain keeps its position', async () => {
    const { process, stored, workPlaces, clock, limited } = await limitedWorker();
    await process();
    await workPlaces.leave(room, 0, other);
    await wakeLines(Infinity, limited);
    await workPlaces.put(room, { number: 0 }, { ...other, now: clock.now() });
    await clock.advance(1_000);
    await process();
    const item = stored() as JobItem;
    expect([isInLine(item), placeAwaited(item)?.since]).toEqual([true, t0]);
  });

  test.each([
    ['has ended', { status: 'succeeded' }, 'succeeded'],
    ['was taken over', { fencingToken: 6 }, 'succeeded'],
    ['has a lease that has run out', { leaseUntil: t0 }, 'waiting'],
  ] as const)('judges a holder that %s', async (_what, change, status) => {
    const { process, stored, clock, store } = await limitedWorker();
    store.items.set(other.job, { ...aRunningItem(), id: other.job, fencingToken: other.token, ...change });
    await clock.advance(60_001);
    await process();
    expect(stored()?.status).toBe(status);
  });

  test('gives the claim back if another one takes the last place after the look', async () => {
    const { process, stored, workPlaces, clock } = await limitedWorker();
    await workPlaces.leave(room, 0, other);
    const put = workPlaces.put.bind(workPlaces);
    workPlaces.put = async (...of) => {
      workPlaces.put = put;
      await clock.advance(1);
      await put(room, { number: 0 }, { ...other, now: clock.now() });
      return put(...of);
    };
    await process();
    const item = stored();
    expect(item).toMatchObject({ status: 'waiting', attempt: 0, history: [] });
    expect([item?.startedAt, item?.leaseUntil, item?.inCompany]).toEqual([undefined, undefined, undefined]);
  });

  test('does not use a claim whose lease has run out while the place was taken', async () => {
    const { process, stored, workPlaces, clock } = await limitedWorker();
    await workPlaces.leave(room, 0, other);
    const put = workPlaces.put.bind(workPlaces);
    workPlaces.put = async (...of) => {
      const isTaken = await put(...of);
      await clock.advance(leaseMs);
      return isTaken;
    };
    // The next worker finds the place, and that it is the job's own.
    expect(await process()).toMatchObject({ kind: 'return' });
    expect(stored()).toMatchObject({ status: 'running', attempt: 1 });
    expect([...workPlaces.taken.values()].map(({ job }) => job)).toEqual([jobId]);
  });

  test('leaves no place whose end could not be stored: the attempt may still run', async () => {
    const { process, stored, workPlaces, clock, limited } = await limitedWorker();
    await workPlaces.leave(room, 0, other);
    const { store } = intercepted(limited, {
      before: (call) => {
        if (call === 'write succeed') throw new StoreUnavailableError('no');
      },
    });
    limited.store = store;
    const processing = process();
    await clock.advance(leaseMs);
    expect(await processing).toMatchObject({ kind: 'return', visibleAt: t0 + leaseMs });
    expect(stored()?.status).toBe('running');
    expect([...workPlaces.taken.values()].map(({ job }) => job)).toEqual([jobId]);
  });

  test('an attempt needs a place of each key, and leaves what it has', async () => {
    const limits = [
      { key: 'first', running: 1 },
      { key: 'api', running: 1 },
    ];
    const { process, stored, workPlaces } = await limitedWorker(...limits);
    await process();
    expect(stored()?.awaitsPlace).toMatchObject({ of: 'api (all tenants)', running: 1 });
    expect([...workPlaces.taken.values()].map(({ job }) => job)).toEqual([other.job]);
  });

  test('a job whose turn for a start has come does not stand behind those who wait for a place', async () => {
    const { process, stored, workPlaces, store, clock } = await limitedWorker();
    await process();
    const waits = stored() as JobItem;
    await workPlaces.leave(room, 0, other);
    const turn = { of: 'stripe', at: t0 + 1, until: t0 };
    const item = { ...waits, id: anId(3), dueKey: undefined, lookAt: undefined, awaitsPlace: undefined };
    store.items.set(anId(3), { ...item, turn, notBefore: t0 });
    await clock.advance(1_000);
    await process(aMessage({ id: anId(3), payload: { seconds: 0 } }));
    expect(store.items.get(anId(3))?.status).toBe('succeeded');
  });

  test('frees what a worker has left that died after it had stored the end', async () => {
    const { process, workPlaces, pointers, store, clock } = await limitedWorker();
    await process();
    const ended = aMessage({ id: anId(5), payload: { seconds: 0 } });
    await workPlaces.leave(room, 0, other);
    await workPlaces.put(room, { number: 0 }, { job: anId(5), token: 7, now: clock.now() });
    store.items.set(anId(5), { ...aRunningItem(), id: anId(5), status: 'succeeded', fencingToken: 7 });
    expect(await process(ended)).toMatchObject({ kind: 'delete' });
    expect(workPlaces.taken.size).toBe(0);
    expect(pointers.sent.map(({ pointer }) => pointer.id)).toEqual([jobId]);
  });

  test('a job whose key cannot be made fails, and one without a key has no limit', async () => {
    const failing = await limitedWorker({ key: () => ' '.repeat(101), running: 1 });
    await failing.process();
    expect(failing.stored()?.error?.name).toBe('LimitKeyError');
    const free = await limitedWorker({ key: () => undefined, running: 1 });
    await free.process();
    expect(free.stored()?.status).toBe('succeeded');
  });

  test('the message of a group stays in its queue, hidden', async () => {
    const { process, stored } = await limitedWorker();
    const ofGroup = aMessage({
      payload: { seconds: 0 },
      options: { ...message.options, group: 'g' },
    });
    expect(await process(ofGroup)).toMatchObject({ kind: 'return', visibleAt: t0 + 60_000 });
    expect(stored()).toMatchObject({ receiptHandle: aDelivery().receiptHandle, status: 'waiting' });
    expect(stored()?.notBefore).toBeUndefined();
  });

  test('a job that has to start by a time is left to a schedule', async () => {
    const { process, pointers } = await limitedWorker();
    await process(aMessage({ ...message, options: { ...message.options, startBefore: t0 + 5_000 } }));
    expect(pointers.sent.map(({ pointer }) => pointer.id)).toEqual([jobId]);
  });
});

describe('a wake that is lost', () => {
  /** The place is left, and others wait: the first of them is the job of `message`. */
  async function line(running = 1) {
    const worker = await limitedWorker({ key: 'api', running });
    const { process, clock, workPlaces, store, stored } = worker;
    for (let number = 1; number < running; number += 1)
      await workPlaces.put(room, { number }, { ...other, now: clock.now() });
    await process();
    const waits = stored() as JobItem;
    for (const number of [3, 4, 5]) {
      const id = anId(number);
      store.items.set(id, { ...waits, id, lookAt: (waits.lookAt ?? 0) + number });
    }
    await workPlaces.leave(room, 0, other);
    await clock.advance(1_000);
    return { ...worker, waits, room: { ...room, running } };
  }
  const sentTo = ({ pointers }: Awaited<ReturnType<typeof line>>) =>
    pointers.sent.map(({ pointer }) => pointer.id);

  test('puts the job back to its position if it was refused, and is repeated for the same job', async () => {
    const made = await line();
    const { pointers, limited, stored, waits } = made;
    pointers.isFailing = true;
    await expect(wakeInLine(room, limited)).rejects.toThrow(QueueUnavailableError);
    expect(stored()).toEqual(waits);
    pointers.isFailing = false;
    expect(await wakeInLine(room, limited)).toBe(true);
    expect(sentTo(made)).toEqual([jobId]);
    expect(stored()?.awaitsPlace).toEqual({ ...waits.awaitsPlace, wokenAt: t0 + 1_000 });
  });

  test('is sent again four to nine minutes later, however long the job has waited', async () => {
    const made = await line();
    const { clock, limited, stored } = made;
    await clock.advance(10 * 3_600_000);
    await wakeInLine(room, limited);
    await clock.advance(3 * 60_000);
    await wakeOverdue(Infinity, limited);
    expect(sentTo(made)).toHaveLength(1);
    await clock.advance(60_000);
    await wakeOverdue(Infinity, limited);
    expect(sentTo(made)).toEqual([jobId, jobId]);
    expect(stored()?.awaitsPlace).toMatchObject({ sentAgainAt: clock.now() });
    // The next one comes when the pause has doubled.
    await clock.advance(3 * 60_000);
    await wakeOverdue(Infinity, limited);
    expect(sentTo(made)).toHaveLength(2);
    await clock.advance(60_000);
    await wakeOverdue(Infinity, limited);
    expect(sentTo(made)).toHaveLength(3);
  });

  test('is sent again later while others come late', async () => {
    const made = await line();
    const { clock, limited, workPlaces } = made;
    await wakeInLine(room, limited);
    await workPlaces.noteLate(7 * 60_000, clock.now());
    await clock.advance(10 * 60_000);
    await wakeOverdue(Infinity, limited);
    expect(sentTo(made)).toEqual([jobId]);
    await clock.advance(60_000);
    await wakeOverdue(Infinity, limited);
    expect(sentTo(made)).toEqual([jobId, jobId]);
  });

  test.each([
    ['two minutes', 120_000, 120_000],
    ['less', 119_999, 0],
  ])('is told from a late one: a job that comes %s after its wake says so', async (_what, ms, late) => {
    const { clock, limited, process, workPlaces, stored } = await line();
    await wakeInLine(room, limited);
    await clock.advance(ms);
    await process();
    expect(stored()?.status).toBe('succeeded');
    expect(await workPlaces.late(clock.now())).toBe(late);
  });

  test('wakes as many as there are free places to which nobody is on the way', async () => {
    const made = await line(4);
    const { limited, workPlaces, room: four } = made;
    for (const number of [1, 2]) await workPlaces.leave(four, number, other);
    await wakeInLine(four, limited);
    await wakeLines(Infinity, limited);
    expect(sentTo(made)).toEqual([jobId, anId(3), anId(4)]);
    await wakeLines(Infinity, limited);
    expect(sentTo(made)).toHaveLength(3);
    // Another place is left, and its leaver dies.
    await workPlaces.leave(four, 3, other);
    await wakeLines(Infinity, limited);
    expect(sentTo(made)).toEqual([jobId, anId(3), anId(4), anId(5)]);
  });
});

test('a line is forgotten when it has been empty for a quarter of an hour', async () => {
  const { limited, workPlaces, clock } = await limitedWorker();
  await workPlaces.noteLine(room, clock.now());
  const lines = async () =>
    (await Promise.all([...Array(16).keys()].map((part) => workPlaces.lines(part)))).flat();
  await wakeLines(Infinity, limited);
  expect(await lines()).toHaveLength(1);
  await clock.advance(15 * 60_000);
  await wakeLines(Infinity, limited);
  expect(await lines()).toEqual([]);
});
