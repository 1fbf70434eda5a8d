import { describe, expect, test } from '@jest/globals';
import { processArrival } from '../../../../functions/admission/process-arrival.ts';
import { jobIdOfOccurrence, type Schedule } from '../../../../shared/job/schedule.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { anAdmission } from '../../../set-ups/admission.ts';
import { aDelivery, dayMs, retentionMs } from '../../../set-ups/samples.ts';

const nightly: Schedule = {
  name: 'nightly',
  cron: '0 2 * * *',
  timeZone: 'Europe/Berlin',
  type: 'countdown',
  payload: { seconds: 3 },
  tenant: 'a tenant',
};
const secondsOf = (at: number): string => new Date(at).toISOString().replace(/\.\d{3}/, '');
const occurrenceAt = (at: number) =>
  ({ kind: 'occurrence', version: 2, schedule: 'nightly', at: secondsOf(at) }) as const;
const minute = Math.floor(t0 / 60_000) * 60_000;

function admissionWith(recurring: readonly Schedule[], paused: readonly string[] = []) {
  const admission = anAdmission();
  const deps = {
    ...admission.deps,
    recurring,
    paused: { read: async () => new Set(paused) },
    notify: [{ event: true as const }],
  };
  const receive = (text: unknown) => processArrival(aDelivery({ body: JSON.stringify(text) }), deps);
  return { ...admission, receive };
}

describe('an occurrence of a schedule', () => {
  test('makes a job of its type and tenant, which is found by its tag', async () => {
    const { receive, store, runQueues, calls } = admissionWith([nightly]);
    expect((await receive(occurrenceAt(minute))).kind).toBe('delete');
    const id = jobIdOfOccurrence('a tenant', occurrenceAt(minute));
    expect(store.items.get(id)).toMatchObject({
      tenant: 'a tenant',
      type: 'countdown',
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

  test('makes one job, however often and late it comes', async () => {
    const { receive, store, runQueues, clock } = admissionWith([nightly]);
    await receive(occurrenceAt(minute));
    await receive(occurrenceAt(minute + dayMs));
    await clock.advance(3 * dayMs);
    for (const at of [minute + dayMs, minute, minute]) await receive(occurrenceAt(at));
    expect([store.items.size, runQueues.long.sent.length]).toEqual([2, 2]);
  });

  test('makes a job of another tenant under another id', () => {
    const ids = ['one', 'two'].map((tenant) => jobIdOfOccurrence(tenant, occurrenceAt(minute)));
    expect(new Set(ids).size).toBe(2);
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
