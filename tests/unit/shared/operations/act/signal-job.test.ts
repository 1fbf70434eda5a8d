import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { answerFromForm } from '../../../../../functions/pages/forms/answer-form.ts';
import { signalSchemas } from '../../../../../functions/pages/forms/payload-schemas.ts';
import {
  ConflictError,
  InvalidRequestError,
  NotFoundError,
} from '../../../../../shared/domain/base/errors.ts';
import { stateNameOf } from '../../../../../shared/domain/objects/stored-object.ts';
import { maxItemBytes, maxSignalsInItem } from '../../../../../shared/domain/state/job/item-budget.ts';
import { readSavedSignals } from '../../../../../shared/domain/state/stored/saved-signals.ts';
import { signalOf } from '../../../../../shared/http/requests/signal-request.ts';
import { signalJob } from '../../../../../shared/operations/act/signal-job.ts';
import { FixedClock, fixedRandom, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../../../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryObjectStore } from '../../../../../testkit/fakes/in-memory-objects.ts';
import { InMemoryPointerQueue } from '../../../../../testkit/fakes/in-memory-queues.ts';
import { recordedLog } from '../../../../../testkit/fakes/recorded-log.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { aQueuedItem, aRequest, jobId } from '../../../../set-ups/samples.ts';
import { aDoor } from '../../../../set-ups/tenant-door.ts';

const yes = { isOk: true };
const note = (bytes: number) => ({ isOk: true, note: 'x'.repeat(bytes) });

const sent = (answer: Parameters<typeof signalOf>[0]) => signalOf(answer, (type) => signalSchemas()[type]);

/** A job that waits for its time, or for what it is said to wait for. */
function aCall(over: Parameters<typeof aQueuedItem>[0] = {}) {
  const store = new InMemoryJobStore();
  const item = aQueuedItem({ type: 'booking', status: 'waiting', runAt: t0 + 1_000, ...over });
  store.items.set(jobId, item);
  const objects = new InMemoryObjectStore();
  const pointers = new InMemoryPointerQueue();
  const visible: string[] = [];
  const deps = {
    ...{
      store,
      objects,
      pointers,
      contracts,
      clock: new FixedClock(),
      random: fixedRandom(),
      log: recordedLog(),
    },
    ordered: {
      changeVisibility: async ({ receiptHandle }: { receiptHandle: string }) =>
        void visible.push(receiptHandle),
    },
  };
  const send = (value: unknown = yes, { name = 'approve', key = 'approve' } = {}) =>
    signalJob({ id: jobId, tenant: item.tenant, by: 'key:somebody' }, sent({ name, key, value }), deps);
  const stored = () => store.items.get(jobId);
  return {
    send,
    stored,
    saved: () => readSavedSignals(stored()?.signals),
    objects,
    pointers,
    visible,
    item,
    deps,
  };
}

const open = { until: t0 + 5_000, waits: [{ name: 'approve', key: 'approve', until: t0 + 5_000 }] };
const openForOther = { ...open, waits: [{ name: 'decide', key: 'approve', until: t0 + 5_000 }] };
const waiting = {
  notBefore: t0 + 5_000,
  runAt: undefined,
  signals: JSON.stringify({ answers: [], closed: [], open }),
};

describe('an answer to a job', () => {
  test('that does not wait for it is kept, and starts nothing', async () => {
    const { send, saved, pointers, stored } = aCall();
    await send();
    expect(saved().answers).toMatchObject([
      { key: 'approve', value: yes, by: 'key:somebody', isEarly: true },
    ]);
    expect([pointers.sent, stored()?.notBefore]).toEqual([[], undefined]);
  });

  test('that waits for it makes it due, each time it is sent', async () => {
    const { send, saved, pointers, stored } = aCall(waiting);
    await send();
    await send();
    expect(saved().answers).toHaveLength(1);
    expect(stored()).toMatchObject({ notBefore: t0, postponedUntil: t0, lookAt: t0 + 15 * 60_000 });
    expect(pointers.sent).toHaveLength(2);
  });

  test('of a group makes its message visible', async () => {
    const { send, pointers, visible } = aCall({ ...waiting, group: 'g', receiptHandle: 'the latest' });
    await send();
    expect([pointers.sent, visible]).toEqual([[], ['the latest']]);
  });

  test.each<
    [string, object, (call: ReturnType<typeof aCall>) => Promise<unknown>, new (text: string) => Error]
  >([
    [
      'another one under its key',
      {},
      async ({ send }) => send().then(() => send({ isOk: false })),
      ConflictError,
    ],
    [
      'one that comes too late',
      { signals: JSON.stringify({ answers: [], closed: [{ name: 'approve', key: 'approve', run: 1 }] }) },
      ({ send }) => send(),
      ConflictError,
    ],
    ['one after its end', { status: 'succeeded', finishedAt: t0 }, ({ send }) => send(), ConflictError],
    ['one that its type does not know', {}, ({ send }) => send(yes, { name: 'refuse' }), NotFoundError],
    ['one that does not fit', {}, ({ send }) => send({ isOk: 'yes' }), InvalidRequestError],
    [
      'one under the key of a wait for another signal',
      { ...waiting, signals: JSON.stringify({ answers: [], closed: [], open: openForOther }) },
      ({ send }) => send(),
      InvalidRequestError,
    ],
    ['one under no key', {}, ({ send }) => send(yes, { key: '' }), InvalidRequestError],
  ])('is refused: %s', async (_what, over, ask, error) => {
    await expect(ask(aCall(over))).rejects.toThrow(error);
  });

  test('nests no deeper than a body may, also if its schema takes anything and a page has sent it', () => {
    const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
    const checking = (levels: number) => () =>
      sent({ name: 'approve', value: nested(levels) }).check(z.unknown());
    expect(checking(100)).not.toThrow();
    expect(checking(9_000)).toThrow(InvalidRequestError);
  });

  test('is put into an object if it is large, or the others are, and belongs to the job', async () => {
    const { send, saved, objects, item } = aCall();
    for (const [key, bytes] of [
      ['a', 3_900],
      ['b', 3_900],
      ['c', 3_900],
      ['d', 5_000],
    ] as const)
      await send(note(bytes), { key });
    const names = saved().answers.flatMap(({ object }) =>
      object === undefined ? [] : [stateNameOf(item, object)],
    );
    expect(saved().answers.map(({ value }) => value !== undefined)).toEqual([true, true, false, false]);
    expect([...objects.objects.keys()].sort()).toEqual(names.sort());
    await expect(send(note(5_001), { key: 'd' })).rejects.toThrow(ConflictError);
    expect(objects.objects.size).toBe(2);
  });

  test('is one of ten that came early', async () => {
    const { send } = aCall();
    for (let turn = 0; turn < 10; turn += 1) await send(yes, { key: `turn ${turn}` });
    await expect(send(yes, { key: 'one more' })).rejects.toThrow(
      'has 10 answers that it does not wait for yet',
    );
  });

  test('has what people read of it beside it, while there is room, and nothing that is secret', async () => {
    const { send, saved } = aCall();
    await send({ isOk: false, pin: '4711' }, { name: 'spend', key: 'one' });
    expect(saved().answers).toMatchObject([{ words: 'Refuse; Your PIN: [secret]' }]);
    const nearlyFull = note(3_000);
    for (const key of ['two', 'three']) await send(nearlyFull, { key });
    await send(note(1_600), { key: 'four' });
    await send(note(70), { key: 'five' });
    expect(saved().answers.map(({ value, words }) => [value !== undefined, words?.slice(0, 9)])).toEqual([
      [true, 'Refuse; Y'],
      [true, 'Yes; note'],
      [true, 'Yes; note'],
      [true, 'Yes; note'],
      [true, undefined],
    ]);
  });

  test('leaves room in the item for what it waits for', async () => {
    const { send, stored, deps } = aCall();
    let count = 0;
    const sendAll = async () => {
      for (; ; count += 1) {
        await send(note(200), { key: `${count}`.padStart(40, 'x') });
        const item = stored();
        // As the job's next wait leaves it.
        const signals = item?.signals?.replaceAll(
          '"isEarly":true',
          '"isEarly":true'.replace('isEarly', 'wasEarly'),
        );
        if (item) deps.store.items.set(jobId, { ...item, ...(signals === undefined ? {} : { signals }) });
      }
    };
    await expect(sendAll()).rejects.toThrow('has had so many answers');
    expect(count).toBeGreaterThan(25);
    expect(Buffer.byteLength(stored()?.signals ?? '')).toBeLessThan(maxSignalsInItem);
    expect(maxSignalsInItem).toBeLessThan(maxItemBytes / 10);
  });
});

describe('the form for an answer', () => {
  const posted = (values: Record<string, string>) =>
    aRequest({
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(values).toString(),
      pathParameters: { id: jobId, signal: 'approve' },
      rawQueryString: 'key=turn-1',
    });
  const answering = (values: Record<string, string>) => {
    const call = aCall();
    const caller = { tenant: call.item.tenant, actor: 'key:somebody', rights: ['signal' as const] };
    const page = { isSignedIn: true, canOperate: false, canSignOut: true };
    const form = { job: call.item, page, uploadsTo: 'https://bucket.example' };
    const { shareDoor } = aDoor();
    return { ...call, answer: answerFromForm(posted(values), { form, caller }, { ...call.deps, shareDoor }) };
  };

  test('sends it under the key of the wait, and leads to the job', async () => {
    const { answer, saved } = answering({ 'field.isOk': 'true', 'field.note': 'fine' });
    expect(await answer).toMatchObject({ statusCode: 303, headers: { location: `/ui/jobs/${jobId}` } });
    expect(saved().answers).toMatchObject([{ key: 'turn-1', value: { isOk: true, note: 'fine' } }]);
  });

  test('says what is wrong, at its field', async () => {
    const { answer, saved } = answering({ 'field.isOk': 'perhaps', 'field.note': 'fine' });
    const { statusCode, body } = await answer;
    expect([statusCode, saved().answers]).toEqual([400, []]);
    for (const text of ['field-isOk-error', 'fine', 'turn-1']) expect(body).toContain(text);
  });
});
