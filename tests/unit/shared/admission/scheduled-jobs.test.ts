import { describe, expect, test } from '@jest/globals';
import { pauseAfterRefusal } from '../../../../shared/admission/postpone-job.ts';
import { processArrival } from '../../../../shared/admission/process-arrival.ts';
import { fairKeyOf } from '../../../../shared/author/fair-key.ts';
import type { Charges } from '../../../../shared/domain/access/ports.ts';
import { FutureRunError } from '../../../../shared/domain/base/errors.ts';
import { firesAt } from '../../../../shared/domain/base/schedule-time.ts';
import { uniqueJobId } from '../../../../shared/domain/base/unique-id.ts';
import { jobIdOfOccurrence, type Schedule } from '../../../../shared/domain/schedules/schedule.ts';
import type { JobItem } from '../../../../shared/domain/state/job/item.ts';
import { dueKeys } from '../../../../shared/domain/state/job/list-keys.ts';
import { writeMessage } from '../../../../shared/domain/state/job/message.ts';
import { pointerTo, scheduleNameOf } from '../../../../shared/domain/state/job/pointer.ts';
import { textInObject } from '../../../../shared/domain/state/stored/stored-text.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { suspending } from '../../../../testkit/fakes/suspending.ts';
import { SeededRandom } from '../../../../testkit/play/seeded-random.ts';
import { contracts } from '../../../job-types/contracts.ts';
import { anAdmission } from '../../../set-ups/admission.ts';
import { dependent, dependents, itsWake } from '../../../set-ups/dependents.ts';
import {
  aDelivery,
  aFailedItem,
  aMessage,
  aQueuedItem,
  aRunningItem,
  dayMs,
  jobId,
  retentionMs,
} from '../../../set-ups/samples.ts';
import { occurrencesOfYear, year, yearZones } from '../../../year-of-occurrences.ts';

const nightly: Schedule = {
  name: 'nightly',
  cron: '0 2 * * *',
  timeZone: 'Europe/Berlin',
  type: 'counting',
  payload: { seconds: 3 },
  tenant: 'a tenant',
};
const secondsOf = (at: number): string => new Date(at).toISOString().replace(/\.\d{3}/, '');
const occurrenceAt = (at: number) =>
  ({ kind: 'occurrence', version: 2, schedule: 'nightly', at: secondsOf(at) }) as const;
const minute = Math.floor(t0 / 60_000) * 60_000;

function admissionWith(recurring: readonly Schedule[], paused: readonly string[] = []) {
  const admission = anAdmission();
  const { suspended, suspensions } = suspending();
  const deps = {
    ...admission.deps,
    suspensions,
    recurring,
    paused: { read: async () => new Set(paused) },
    notify: [{ event: true as const }],
  };
  const receive = (text: unknown, over: Partial<typeof deps> & { readonly charges?: Charges } = {}) =>
    processArrival(aDelivery({ body: JSON.stringify(text) }), { ...deps, ...over });
  return { ...admission, suspended, receive };
}

describe('an occurrence of a schedule', () => {
  test('makes a job of its type and tenant, which is found by its tag', async () => {
    const { receive, store, runQueues, calls } = admissionWith([nightly]);
    expect((await receive(occurrenceAt(minute))).kind).toBe('delete');
    const id = jobIdOfOccurrence('a tenant', occurrenceAt(minute));
    expect(store.items.get(id)).toMatchObject({
      tenant: 'a tenant',
      type: 'counting',
      status: 'queued',
      runAt: minute,
      tags: ['schedule:nightly'],
      notify: [{ event: true }],
    });
    expect(runQueues.long.sent).toMatchObject([
      { message: { id, payload: { seconds: 3 } }, delaySeconds: 0 },
    ]);
    expect(calls).toEqual(['read', 'long: send run 1', 'write submit']);
  });

  test('says with the message whom of its tenant the job is for', async () => {
    const { receive, runQueues } = admissionWith([nightly]);
    const counting = { ...contracts.counting, fairBy: ({ seconds }: { seconds: number }) => `${seconds}` };
    await receive(occurrenceAt(minute), { contracts: { ...contracts, counting } });
    const { fairKey } = runQueues.long.sent[0]?.message ?? aMessage();
    expect(fairKey).toBe(fairKeyOf(counting, { tenant: 'a tenant', payload: { seconds: 3 } }));
    expect(fairKey).toBeDefined();
  });

  test('makes one job, however often and late it comes', async () => {
    const { receive, store, runQueues, clock } = admissionWith([nightly]);
    await receive(occurrenceAt(minute));
    await receive(occurrenceAt(minute + dayMs));
    await clock.advance(3 * dayMs);
    for (const at of [minute + dayMs, minute, minute]) await receive(occurrenceAt(at));
    expect([store.items.size, runQueues.long.sent.length]).toEqual([2, 2]);
  });

  test('counts in the limit of its tenant before its job is sent, once, and not if it makes none', async () => {
    const { receive, calls, suspended } = admissionWith([nightly]);
    const charges: Charges = { charge: async (tenant, jobs) => void calls.push(`charge ${tenant} ${jobs}`) };
    await receive(occurrenceAt(minute), { charges });
    await receive(occurrenceAt(minute), { charges });
    suspended.add('a tenant');
    await receive(occurrenceAt(minute + dayMs), { charges });
    expect(calls).toEqual([
      ...['read', 'charge a tenant 1', 'long: send run 1', 'write submit'],
      ...['read', 'read'],
    ]);
  });

  test('of a unique type makes the job of its window, unless somebody has made that', async () => {
    const unique = { ...nightly, unique: { key: 'one', withinSeconds: 3_600 } };
    const { receive, store, runQueues } = admissionWith([unique, { ...unique, name: 'another' }]);
    const hour = Math.floor(t0 / 3_600_000) * 3_600_000;
    await receive(occurrenceAt(hour));
    const { kind } = await receive({ ...occurrenceAt(hour + 60_000), schedule: 'another' });
    expect(kind).toBe('delete');
    await receive(occurrenceAt(hour + 3_600_000));
    const idIn = (windowStart: number) =>
      uniqueJobId({ tenant: 'a tenant', type: 'counting', key: 'one', windowStart });
    expect([...store.items.keys()]).toEqual([idIn(hour), idIn(hour + 3_600_000)]);
    expect(runQueues.long.sent).toHaveLength(2);
  });

  test('makes a job of another tenant under another id', () => {
    const ids = ['one', 'two'].map((tenant) => jobIdOfOccurrence(tenant, occurrenceAt(minute)));
    expect(new Set(ids).size).toBe(2);
  });

  test('while its tenant is suspended makes no job, says so in the log, and is not made up for', async () => {
    const { receive, store, runQueues, log, suspended } = admissionWith([nightly]);
    suspended.add('a tenant');
    expect((await receive(occurrenceAt(minute))).kind).toBe('delete');
    expect([store.items.size, runQueues.long.sent]).toEqual([0, []]);
    expect(log.lines).toMatchObject([
      {
        level: 'warn',
        message: 'occurrence without a job',
        fields: { schedule: 'nightly', at: secondsOf(minute), why: 'the tenant is suspended' },
      },
    ]);
    suspended.clear();
    await receive(occurrenceAt(minute + 86_400_000));
    expect(store.items.size).toBe(1);
  });

  test.each([
    ['is paused', [nightly], ['nightly'], minute],
    ['is not deployed any more', [], [], minute],
    ['was due longer ago than jobs are kept', [nightly], [], minute - retentionMs - 60_000],
  ])('makes no job if its schedule %s, and says so in the log', async (_what, recurring, paused, at) => {
    const { receive, store, runQueues, log } = admissionWith(recurring, paused);
    expect((await receive(occurrenceAt(at))).kind).toBe('delete');
    expect([store.items.size, runQueues.long.sent]).toEqual([0, []]);
    expect(log.lines).toMatchObject([{ level: 'warn', message: 'occurrence without a job' }]);
  });

  test('that a person moves here from quarantine, as Scheduler gave it up, makes its job', async () => {
    const { receive, store, waiting } = admissionWith([nightly]);
    const QueueUrl = 'https://sqs.example/waiting';
    await receive({ MessageBody: JSON.stringify(occurrenceAt(minute)), QueueUrl });
    expect(waiting.quarantined).toEqual([]);
    expect([...store.items.keys()]).toEqual([jobIdOfOccurrence('a tenant', occurrenceAt(minute))]);
  });

  test('that comes before its time, by the clock of this machine, is delayed', async () => {
    const { receive, runQueues, store } = admissionWith([nightly]);
    await receive(occurrenceAt(minute + 60_000));
    expect(runQueues.long.sent[0]?.delaySeconds).toBe((minute + 60_000 - t0) / 1000);
    expect([...store.items.values()]).toMatchObject([{ status: 'waiting' }]);
  });
});

/** The clocks of all three zones change at one of these times. */
const crons = ['30 2 * * *', '15 1 * * *', '0 9 * * MON-FRI'];
/** Shorter than jobs are kept: an older occurrence makes no job. */
const maxLateMs = 10 * dayMs;

interface Sent {
  readonly body: string;
  readonly arrivesAt: number;
}

describe('year of occurrences', () => {
  test.each(yearZones)(
    'each occurrence of a year in %s makes one job, though it comes twice, late and out of order',
    async (timeZone) => {
      const recurring = crons.map(
        (cron, index): Schedule => ({
          ...{ name: `schedule-${index}`, cron, timeZone },
          ...{ type: 'counting', payload: { seconds: 0 }, tenant: 'a tenant' },
        }),
      );
      const { deps, store, runQueues, clock } = anAdmission();
      const random = new SeededRandom(17);
      const due = recurring.flatMap((schedule) =>
        occurrencesOfYear(schedule).map((at) => ({ schedule: schedule.name, at })),
      );
      const sent = due.flatMap(({ schedule, at }): Sent[] => {
        const occurrence = { kind: 'occurrence', version: 2, schedule, at: new Date(at).toISOString() };
        return [1, 2].map(() => ({
          body: JSON.stringify(occurrence),
          arrivesAt: at + random.below(maxLateMs),
        }));
      });
      await clock.advance(year.from - clock.now());
      for (const { body, arrivesAt } of sent.sort((one, other) => one.arrivesAt - other.arrivesAt)) {
        await clock.advance(Math.max(0, arrivesAt - clock.now()));
        await processArrival(aDelivery({ body }), { ...deps, recurring });
      }
      expect(due.length).toBeGreaterThan(900);
      const jobs = [...store.items.values()].map(({ tags = [], runAt }) => `${tags.join()} ${runAt}`);
      expect(jobs.sort()).toEqual(due.map(({ schedule, at }) => `schedule:${schedule} ${at}`).sort());
      expect(runQueues.long.sent).toHaveLength(due.length);
    },
  );
});

const pointer = { kind: 'pointer', version: 4, id: jobId, run: 1, fingerprint: 'a fingerprint' } as const;
const dueIn = (ms: number) => {
  const message = aMessage({ options: { maxAttempts: 3, runAt: t0 + ms } });
  const kept = { runAt: t0 + ms, message: writeMessage(message) };
  return { message, item: aQueuedItem({ status: 'waiting', ...kept }) };
};

const lost = aQueuedItem({ status: 'waiting', runAt: t0, message: textInObject('messages/waiting/gone') });

describe('a pointer', () => {
  test.each([
    [100_000, 100],
    [0, 0],
    [-dayMs, 0],
  ])('to a job that is due in %d ms sends its message to its run queue', async (ms, delaySeconds) => {
    const { message, item } = dueIn(ms);
    const { receive, runQueues, stored } = anAdmission([item]);
    expect((await receive(pointer)).kind).toBe('delete');
    expect(runQueues.long.sent).toEqual([{ message, delaySeconds }]);
    expect(stored()).toEqual(item);
  });

  test('that comes days too early makes sure that there is a schedule, and runs nothing', async () => {
    const { item } = dueIn(5 * dayMs);
    const { receive, runQueues, schedules, calls } = anAdmission([item]);
    expect((await receive(pointer)).kind).toBe('delete');
    expect(runQueues.long.sent).toEqual([]);
    expect(schedules.schedules.size).toBe(1);
    expect(calls).toEqual(['read', 'create schedule']);
  });

  test.each([
    ['was never delayed', {}],
    ['was delayed, and depended on others', { runAt: t0 - dayMs, dependsOn: [dependent.id] }],
  ])('to a job that has started and waits for days, makes its schedule: it %s', async (_what, over) => {
    const notBefore = t0 + 2 * dayMs;
    const waits = { notBefore, postponedUntil: notBefore, startedAt: t0 };
    const item = { ...dueIn(-dayMs).item, runAt: undefined, ...over, ...waits };
    const { receive, schedules, runQueues, calls, stored, clock } = anAdmission([item]);
    expect((await receive(pointer)).kind).toBe('delete');
    const name = scheduleNameOf(pointer, notBefore);
    expect([...schedules.schedules.values()]).toEqual([
      { name, at: firesAt(name, notBefore), message: pointer },
    ]);
    expect(calls).toEqual(['read', 'create schedule']);
    await clock.advance(2 * dayMs - 600_000);
    expect((await receive(pointer)).kind).toBe('delete');
    expect(runQueues.long.sent).toMatchObject([{ message: { id: jobId }, delaySeconds: 600 }]);
    expect(stored()?.notBefore).toBe(notBefore);
  });

  test('to such a job that was canceled deletes its schedule', async () => {
    const over = { status: 'canceled', postponedUntil: t0 + dayMs } as const;
    const { receive, schedules } = anAdmission([aFailedItem(over)]);
    const name = scheduleNameOf(pointer, t0 + dayMs);
    await schedules.create({ name, at: t0 + 60_000, message: pointer });
    expect((await receive(pointer)).kind).toBe('delete');
    expect(schedules.schedules.size).toBe(0);
  });

  test.each([
    ['is gone', []],
    ['is of another request', [aQueuedItem({ fingerprint: 'another' })]],
    ['was retried', [{ ...dueIn(0).item, run: 2 }]],
    ['was erased', [aFailedItem({ erased: true, fingerprint: 'erased', message: undefined })]],
    ['has its message in a queue', [aQueuedItem()]],
    ['is running', [aRunningItem()]],
    ['sleeps', [{ ...dueIn(-1).item, notBefore: t0 + 60_000 }]],
    ['sleeps, and was postponed before', [{ ...dueIn(-1).item, notBefore: t0 + 60_000, postponedUntil: t0 }]],
    ['has slept', [{ ...dueIn(-1).item, notBefore: t0 - 60_000 }]],
    ['sleeps, its copy of the message being lost', [{ ...lost, notBefore: t0 + 60_000 }]],
  ])('to a job that %s is deleted', async (_what, items) => {
    const { receive, runQueues, stored, waiting } = anAdmission(items);
    expect((await receive(pointer)).kind).toBe('delete');
    expect([runQueues.long.sent, waiting.quarantined]).toEqual([[], []]);
    expect(stored()).toEqual(items[0]);
  });

  test.each([
    ['sleeps', { notBefore: t0 + dayMs }],
    ['waits for another job', { dependsOn: [dependent.id] }],
  ])('to a job that %s carries out the cancel that was requested', async (_what, over) => {
    const { receive, stored } = anAdmission([{ ...dueIn(-1).item, ...over, cancelRequested: true }]);
    expect((await receive(pointer)).kind).toBe('delete');
    expect(stored()?.status).toBe('canceled');
  });

  const hasCancel = { ...contracts, counting: { ...contracts.counting, hasCancel: true } };

  describe('to a job that is to be canceled, and whose message is nowhere,', () => {
    const orphan = aRunningItem({
      leaseUntil: t0 - 60_000,
      cancelRequested: true,
      dependents,
      startedAt: t0 - dayMs,
    });

    test('cancels the job, and wakes its dependents', async () => {
      const { receive, stored, pointers } = anAdmission([orphan, dependent]);
      expect(await receive(pointer)).toEqual({ kind: 'delete', why: 'the job is canceled' });
      expect(stored()).toMatchObject({ status: 'canceled', history: [{}, { event: 'canceled' }] });
      expect(stored()).not.toHaveProperty('error');
      expect(pointers.sent).toEqual([itsWake]);
    });

    test('is sent again while a worker may live, by any clock', async () => {
      const { receive, stored, pointers } = anAdmission([{ ...orphan, leaseUntil: t0 - 59_000 }]);
      expect((await receive(pointer)).kind).toBe('delete');
      expect(stored()?.status).toBe('running');
      expect(pointers.sent).toEqual([{ pointer, delaySeconds: 1 }]);
    });

    test('is sent again for an hour if its handler has a cancel, and then says what may still run', async () => {
      for (const [updatedAt, status] of [
        [t0 - 3_599_000, 'running'],
        [t0 - 3_600_000, 'canceled'],
      ] as const) {
        const { receive, stored } = anAdmission([{ ...orphan, updatedAt }], undefined, hasCancel);
        expect((await receive(pointer)).kind).toBe('delete');
        expect(stored()?.status).toBe(status);
        expect(stored()?.error?.name).toBe(status === 'canceled' ? 'MessageLostError' : undefined);
      }
    });

    test('comes again at once if the item changes at that moment', async () => {
      const { receive } = anAdmission([orphan], (call, items) => {
        if (call === 'write cancelForgotten') items.set(jobId, { ...orphan, updatedAt: t0 + 1 });
      });
      expect(await receive(pointer)).toMatchObject({ kind: 'return', visibleAt: t0 });
    });
  });

  test('of a run that the item does not know is returned, as after a restore', async () => {
    const { receive } = anAdmission([dueIn(0).item]);
    await expect(receive({ ...pointer, run: 2 })).rejects.toThrow(FutureRunError);
  });

  test.each(['canceled', 'failed', 'succeeded'] as const)(
    'to a job that is %s announces its end again, and deletes its schedule',
    async (status) => {
      const notify = [{ event: true as const }];
      const item = aFailedItem({ status, runAt: t0 + dayMs, dependents, notify });
      const { receive, schedules, pointers, notifications } = anAdmission([item, dependent]);
      const name = scheduleNameOf(pointer, t0 + dayMs);
      await schedules.create({ name, at: t0 + 60_000, message: pointer });
      expect((await receive(pointer)).kind).toBe('delete');
      expect(pointers.sent).toEqual([itsWake]);
      expect(notifications.sent).toMatchObject([{ message: { jobId }, delaySeconds: 60 }]);
      expect(schedules.schedules.size).toBe(0);
    },
  );

  test('does its work even if the schedule cannot be deleted', async () => {
    const { receive, schedules, log } = anAdmission([aFailedItem({ status: 'canceled', runAt: t0 + dayMs })]);
    schedules.isFailing = true;
    expect((await receive(pointer)).kind).toBe('delete');
    expect(log.lines).toMatchObject([{ level: 'warn', message: 'schedule not deleted' }]);
  });

  test('to a job whose message is lost fails it, visibly', async () => {
    const { receive, stored } = anAdmission([lost]);
    expect((await receive(pointer)).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'failed', error: { name: 'MessageLostError' } });
    expect(stored()?.failedKey).toBe(lost.listKey);
  });

  test('fails nothing if the message was moved while it was read', async () => {
    const moved: JobItem = { ...lost, updatedAt: t0 + 1 };
    const { receive, stored } = anAdmission([lost], (call, items) => {
      if (call === 'write failForgotten') items.set(jobId, moved);
    });
    expect(await receive(pointer)).toMatchObject({ kind: 'return', visibleAt: t0 });
    expect(stored()).toEqual(moved);
  });

  test.each([
    { ...pointer, id: 'no id' },
    { ...pointer, more: 1 },
    { ...pointer, run: 0 },
  ])('that is none goes to quarantine: %j', async (text) => {
    const { receive, waiting } = anAdmission([]);
    expect((await receive(text)).kind).toBe('delete');
    expect(waiting.quarantined).toHaveLength(1);
  });
});

const runAt = t0 + 300 * dayMs;
const message = aMessage({ options: { maxAttempts: 3, runAt } });
const waiting = aQueuedItem({ status: 'waiting', runAt });
const postponed = {
  ...waiting,
  message: writeMessage(message),
  updatedAt: t0,
  // A quarter of an hour after it is due.
  ...dueKeys(jobId, runAt + 900_000),
};

describe('a job that is due in more than 15 minutes', () => {
  test.each([
    ['has no item yet', []],
    ['is waiting', [waiting]],
    ['was canceled and retried', [aQueuedItem({ runAt })]],
  ])('is left to a schedule that comes some minutes early, if it %s', async (_what, items) => {
    const { admit, stored, schedules, runQueues } = anAdmission(items);
    expect(await admit(message)).toEqual({
      kind: 'delete',
      why: 'a schedule brings the job back when it is due',
    });
    expect(stored()).toEqual(postponed);
    const name = scheduleNameOf(pointer, runAt);
    const at = firesAt(name, runAt);
    expect([...schedules.schedules.values()]).toEqual([{ name, at, message: pointer }]);
    expect(runQueues.long.sent).toEqual([]);
  });

  test('keeps its message before its schedule is made', async () => {
    const { admit, calls } = anAdmission([waiting]);
    await admit(message);
    expect(calls).toEqual(['read', 'write postpone', 'create schedule']);
  });

  test('is not written again when its message is redelivered, and has one schedule', async () => {
    const { admit, calls, schedules } = anAdmission([postponed]);
    expect((await admit(message, { receiveCount: 2 })).kind).toBe('delete');
    expect((await admit(message, { receiveCount: 3 })).kind).toBe('delete');
    expect(calls).toEqual(['read', 'create schedule', 'read', 'create schedule']);
    expect(schedules.schedules.size).toBe(1);
  });

  test('has a delayed pointer while Scheduler throttles, and is not in flight', async () => {
    const { admit, receive, schedules, stored, pointers, log } = anAdmission([waiting]);
    schedules.isFailing = true;
    expect((await admit(message)).kind).toBe('delete');
    expect(stored()).toEqual(postponed);
    expect(pointers.sent).toEqual([{ pointer: pointerTo(message), delaySeconds: expect.any(Number) }]);
    expect(log.lines.map(({ message: text }) => text)).toContain('schedule not created');
    schedules.isFailing = false;
    expect((await receive(pointers.sent[0]?.pointer)).kind).toBe('delete');
    expect(schedules.schedules.size).toBe(1);
  });

  test.each([
    ['two minutes at first', 0, 120_000],
    ['as long as it has waited', 400_000, 400_000],
    ['a quarter of an hour at most: it needs a schedule, so it is due later', 3_600_000, 900_000],
  ])('asks Scheduler again after half, or all, of %s', (_, waitedMs, ms) => {
    expect(pauseAfterRefusal(waitedMs, 0)).toBe(ms);
    expect(pauseAfterRefusal(waitedMs, 0.9999)).toBeGreaterThanOrEqual(ms / 2);
    expect(pauseAfterRefusal(waitedMs, 0.9999)).toBeLessThan(ms * 0.6);
  });

  test('is looked at again if it changes at that moment', async () => {
    const { admit, schedules } = anAdmission([waiting], (call, items) => {
      if (call === 'write postpone')
        items.set(jobId, aFailedItem({ status: 'canceled', message: undefined }));
    });
    expect(await admit(message)).toMatchObject({ kind: 'return', visibleAt: t0 });
    expect(schedules.schedules.size).toBe(0);
  });

  test.each([
    ['another run', { run: 2 }, runAt],
    ['another request', { fingerprint: 'another' }, runAt],
    ['another time', {}, runAt + 1],
  ])('has a schedule of another name in %s', (_what, over, at) => {
    expect(scheduleNameOf({ ...pointer, ...over }, at)).not.toBe(scheduleNameOf(pointer, runAt));
  });

  test('has a name that Scheduler takes, also in its ten thousandth run', () => {
    expect(scheduleNameOf({ ...pointer, run: 10_000 }, runAt)).toMatch(/^[\w.-]{1,64}$/);
  });
});
