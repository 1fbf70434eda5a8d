import { describe, expect, test } from '@jest/globals';
import { resumedPerSecond, wakePaused } from '../../../../shared/admission/wake-paused.ts';
import type { JobItem } from '../../../../shared/domain/state/job/item.ts';
import { dueKeys, linePart, pausedKeys } from '../../../../shared/domain/state/job/list-keys.ts';
import { writeMessage } from '../../../../shared/domain/state/job/message.ts';
import { pointerTo } from '../../../../shared/domain/state/job/pointer.ts';
import { FixedClock, t0 } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryDueList } from '../../../../testkit/fakes/in-memory-due-list.ts';
import { InMemoryJobStore } from '../../../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryPointerQueue } from '../../../../testkit/fakes/in-memory-queues.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';
import { somePauses } from '../../../set-ups/pauses.ts';
import { aMessage, anId, aQueuedItem, jobId } from '../../../set-ups/samples.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const by = 'type:counting';
const pause = { at: t0 - 2 * hourMs, by: 'key:1' };

const held = (lookAt: number, over: Partial<JobItem> = {}): JobItem => {
  const { id = jobId } = over;
  const at = t0 - hourMs;
  return aQueuedItem({
    status: 'waiting',
    message: writeMessage(aMessage({ id })),
    updatedAt: at,
    paused: { by, since: at, at },
    ...pausedKeys(id, lookAt),
    ...over,
  });
};

function paused(...items: readonly JobItem[]) {
  const store = new InMemoryJobStore();
  for (const item of items) store.items.set(item.id, item);
  const [pointers, pauses] = [new InMemoryPointerQueue(), somePauses()];
  const [clock, log] = [new FixedClock(), recordedLog()];
  const deps = { store, due: new InMemoryDueList(store.items), pauses, pointers, clock, log };
  pauses.pauses.set(by, pause);
  const look = (forMs = 50_000) => wakePaused(clock.now() + forMs, deps);
  return { look, deps, pauses: pauses.pauses, pointers, clock, stored: (id = jobId) => store.items.get(id) };
}

describe('wakePaused', () => {
  test('says when a job that is still paused is looked at next, and sends nothing', async () => {
    const item = held(t0);
    const { look, pointers, stored } = paused(item);
    await look();
    expect(pointers.sent).toEqual([]);
    expect(stored()).toEqual({ ...item, lookAt: t0 + hourMs });
  });

  test('leaves alone what is to be looked at later, as long as no pause has ended', async () => {
    const item = held(t0 + hourMs);
    const { look, stored } = paused(item);
    await look();
    expect(stored()).toEqual(item);
  });

  test('sends a job on whose pause has ended, and says that it is due', async () => {
    const item = held(t0 + hourMs);
    const { look, pauses, pointers, stored } = paused(item);
    pauses.set(by, { ...pause, resumedAt: t0 - hourMs });
    await look();
    expect(pointers.sent).toEqual([{ pointer: { ...pointerTo(item), again: true }, delaySeconds: 1 }]);
    const dueAt = t0 + 1_000;
    expect(stored()).toEqual({
      ...item,
      ...dueKeys(jobId, t0 + 3 * hourMs),
      notBefore: dueAt,
      postponedUntil: dueAt,
    });
  });

  test('leaves a job alone that stands in line by now: the index still has it among those that are paused', async () => {
    const item = held(t0, { dueKey: linePart('room'), lookAt: t0 - hourMs });
    const { deps, pauses, pointers, stored } = paused(item);
    pauses.set(by, { ...pause, resumedAt: t0 - hourMs });
    const due = new InMemoryDueList(new Map([[jobId, held(t0)]]));
    await wakePaused(t0 + 50_000, { ...deps, due });
    expect(stored()).toEqual(item);
    expect(pointers.sent).toEqual([]);
  });

  test('sends a job on that is to be looked at, if nobody knows its pause any more', async () => {
    const { look, pauses, pointers } = paused(held(t0));
    pauses.clear();
    await look();
    expect(pointers.sent).toHaveLength(1);
  });

  test.each([
    ['whose time to start is over', { startBefore: t0 - 1 }],
    ['that is to be canceled', { cancelRequested: true as const }],
  ])('sends a job on that is paused, and %s: admission ends it', async (_what, over) => {
    const { look, pointers } = paused(held(t0, over));
    await look();
    expect(pointers.sent).toHaveLength(1);
  });

  test('leaves what another pause holds', async () => {
    const other = held(t0 + hourMs, { id: anId(2), paused: { by: 'stage', since: t0, at: t0 - hourMs } });
    const { look, pauses, pointers, stored } = paused(held(t0 + hourMs), other);
    pauses.set('stage', pause);
    pauses.set(by, { ...pause, until: t0 });
    await look();
    expect(pointers.sent).toMatchObject([{ pointer: { id: jobId } }]);
    expect(stored(other.id)).toEqual(other);
  });

  test('sends fifty jobs a second, as soon as all workers know that the pause has ended', async () => {
    const items = Array.from({ length: resumedPerSecond + 1 }, (_, n) => held(t0 + n, { id: anId(n) }));
    const { look, pauses, pointers } = paused(...items);
    pauses.clear();
    pauses.set(by, { ...pause, resumedAt: t0 - 2_000 });
    await look();
    const delays = pointers.sent.map(({ delaySeconds = 0 }) => delaySeconds);
    expect([delays.length, Math.min(...delays), Math.max(...delays)]).toEqual([51, 2, 3]);
  });

  test('forgets a pause a quarter of an hour after its end, when it has held nothing', async () => {
    const { look, pauses, clock } = paused(held(t0 + hourMs));
    pauses.set(by, { ...pause, resumedAt: t0 });
    await look();
    await clock.advance(14 * minuteMs);
    await look();
    expect(pauses.size).toBe(1);
    await clock.advance(minuteMs);
    await look();
    expect(pauses.size).toBe(0);
  });

  test('does nothing when its time is over, and forgets no pause', async () => {
    const { look, pauses, pointers } = paused(held(t0));
    pauses.set(by, { ...pause, resumedAt: t0 - hourMs });
    await look(0);
    expect([pointers.sent.length, pauses.size]).toEqual([0, 1]);
  });
});
