import { describe, expect, test } from '@jest/globals';
import { wakeOverdue } from '../../../../shared/admission/wake-overdue.ts';
import { QueueUnavailableError } from '../../../../shared/domain/base/errors.ts';
import { dueKeys, linePart } from '../../../../shared/domain/state/job/list-keys.ts';
import { writeMessage } from '../../../../shared/domain/state/job/message.ts';
import { pointerTo } from '../../../../shared/domain/state/job/pointer.ts';
import { handOverWrite } from '../../../../shared/domain/state/writes/holder-writes.ts';
import { FixedClock, t0 } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryDueList } from '../../../../testkit/fakes/in-memory-due-list.ts';
import { InMemoryJobStore } from '../../../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryPointerQueue } from '../../../../testkit/fakes/in-memory-queues.ts';
import { inMemoryWorkPlaces } from '../../../../testkit/fakes/in-memory-work-places.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';
import { aLease, aMessage, anId, aQueuedItem, aRunningItem, jobId } from '../../../set-ups/samples.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const waiting = (lookAt: number, over: Parameters<typeof aQueuedItem>[0] = {}) => {
  const { id = jobId } = over;
  const message = writeMessage(aMessage({ id }));
  return aQueuedItem({ status: 'waiting', message, updatedAt: t0 - hourMs, ...dueKeys(id, lookAt), ...over });
};

function overdue(...items: ReturnType<typeof aQueuedItem>[]) {
  const store = new InMemoryJobStore();
  for (const item of items) store.items.set(item.id, item);
  const pointers = new InMemoryPointerQueue();
  const [clock, log] = [new FixedClock(), recordedLog()];
  const due = new InMemoryDueList(store.items);
  const workPlaces = inMemoryWorkPlaces();
  const deps = { store, due, workPlaces, pointers, clock, log };
  const look = () => wakeOverdue(clock.now() + 50_000, deps);
  return { look, deps, pointers, log, clock, stored: (id = jobId) => store.items.get(id) };
}

describe('wakeOverdue', () => {
  test('sends a pointer that says that what was sent may be lost, and looks again when the pause has doubled', async () => {
    const item = waiting(t0);
    const { look, pointers, stored } = overdue(item);
    await look();
    expect(pointers.sent).toEqual([{ pointer: { ...pointerTo(item), again: true }, delaySeconds: 0 }]);
    expect(stored()).toEqual({ ...item, lookAt: t0 + hourMs });
  });

  test.each([
    ['two minutes at least', { updatedAt: t0 }, t0 + 2 * minuteMs],
    ['twelve hours at most', { updatedAt: t0 - 48 * hourMs }, t0 + 12 * hourMs],
    [
      'twenty minutes at most, if it waits for children, whose messages may be lost',
      {
        updatedAt: t0 - 48 * hourMs,
        notBefore: t0 + 99 * hourMs,
        awaits: { until: t0 + 99 * hourMs, batches: [] },
      },
      t0 + 20 * minuteMs,
    ],
    ['since it was due, if it waited for its time', { runAt: t0 - 20 * minuteMs }, t0 + 20 * minuteMs],
    ['until it has to start', { startBefore: t0 + 7 * minuteMs }, t0 + 7 * minuteMs],
  ])('looks again after as long as the job has waited: %s', async (_what, over, lookAt) => {
    const { look, stored } = overdue(waiting(t0, over));
    await look();
    expect(stored()?.lookAt).toBe(lookAt);
  });

  test('looks first at a job that waits for children twenty minutes after it began to', () => {
    const forChildren = { batches: [anId(9)], isTimed: false };
    const { set } = handOverWrite(aLease(aRunningItem()), { now: t0, wakeAt: t0 + 99 * hourMs, forChildren });
    expect(set).toMatchObject({ lookAt: t0 + 20 * minuteMs });
  });

  test('delays the pointer for a job that is to be looked at before the next call, and leaves later ones', async () => {
    const { look, pointers, stored } = overdue(
      waiting(t0 + 4 * minuteMs),
      waiting(t0 + 6 * minuteMs, { id: anId(2) }),
    );
    await look();
    expect(pointers.sent).toMatchObject([{ pointer: { id: jobId }, delaySeconds: 240 }]);
    expect(stored(anId(2))?.lookAt).toBe(t0 + 6 * minuteMs);
  });

  test('looks at each of hundreds of jobs of all parts once', async () => {
    const ids = Array.from({ length: 450 }, (_, number) => anId(number + 1));
    const { look, pointers } = overdue(...ids.map((id) => waiting(t0, { id })));
    await look();
    expect(pointers.sent.map(({ pointer }) => pointer.id).sort()).toEqual(ids.sort());
  });

  test('leaves a job alone that stands in line by now: the index still has it where it was', async () => {
    const item = waiting(t0, { dueKey: linePart('room'), lookAt: t0 - hourMs });
    const { deps, pointers, stored } = overdue(item);
    const due = new InMemoryDueList(new Map([[jobId, waiting(t0)]]));
    await wakeOverdue(t0 + 50_000, { ...deps, due });
    expect(stored()).toEqual(item);
    expect(pointers.sent).toEqual([]);
  });

  test('says how many jobs were due, and how late the latest is', async () => {
    const { look, log } = overdue(
      waiting(t0, { runAt: t0 - 20 * minuteMs }),
      waiting(t0, { id: anId(2), dependsOn: [anId(3)] }),
    );
    await look();
    const fields = { jobs: 2, overdue: 1, maxLateMs: 20 * minuteMs };
    expect(log.lines).toMatchObject([
      { level: 'warn', message: 'jobs were due, and have not started', fields },
    ]);
  });

  test('sends nothing for a job that a worker has claimed since the index was read', async () => {
    const { look, deps, pointers } = overdue(waiting(t0));
    const find = deps.due.find.bind(deps.due);
    deps.due.find = async (query) => {
      const found = await find(query);
      deps.store.items.set(jobId, aRunningItem());
      return found;
    };
    await look();
    expect(pointers.sent).toEqual([]);
  });

  test('stops at its deadline, and leaves the rest to the next call', async () => {
    const { deps, pointers, clock } = overdue(waiting(t0));
    await wakeOverdue(clock.now(), deps);
    expect(pointers.sent).toEqual([]);
  });

  test('leaves a job of a newer version alone, and looks at the others', async () => {
    const newer = { ...waiting(t0), version: 99 as never };
    const { look, pointers, log } = overdue(newer, waiting(t0, { id: anId(2) }));
    await look();
    expect(pointers.sent).toMatchObject([{ pointer: { id: anId(2) } }]);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ message: 'a job of a newer version is left alone', fields: { jobId } }),
    );
  });

  test('reaches a job behind more of a newer version than a page has', async () => {
    const samePart = dueKeys(jobId, t0);
    const newer = Array.from({ length: 130 }, (_, number) =>
      waiting(t0, { id: anId(number + 1), ...samePart, version: 99 as never }),
    );
    const { look, pointers } = overdue(...newer, waiting(t0 + 1));
    await look();
    expect(pointers.sent).toMatchObject([{ pointer: { id: jobId } }]);
  });

  test('throws if a pointer cannot be sent, and has that job looked at by the next call', async () => {
    const { look, pointers, stored } = overdue(waiting(t0));
    pointers.isFailing = true;
    await expect(look()).rejects.toThrow(QueueUnavailableError);
    expect(stored()?.lookAt).toBe(t0);
  });
});
