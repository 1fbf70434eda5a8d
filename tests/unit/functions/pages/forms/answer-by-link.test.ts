import { describe, expect, test } from '@jest/globals';
import { answerByLink, showByLink } from '../../../../../functions/pages/forms/answer-by-link.ts';
import { JobNotFoundError } from '../../../../../shared/domain/base/errors.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { readSavedSignals } from '../../../../../shared/domain/state/stored/saved-signals.ts';
import { signalOf } from '../../../../../shared/http/requests/signal-request.ts';
import { toJobResponse } from '../../../../../shared/http/responses/job-response.ts';
import { signalJob } from '../../../../../shared/operations/act/signal-job.ts';
import { FixedClock, fixedRandom, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../../../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryObjectStore } from '../../../../../testkit/fakes/in-memory-objects.ts';
import { InMemoryPointerQueue } from '../../../../../testkit/fakes/in-memory-queues.ts';
import { recordedLog } from '../../../../../testkit/fakes/recorded-log.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { aQueuedItem, aRequest, jobId } from '../../../../set-ups/samples.ts';
import { aDoor } from '../../../../set-ups/tenant-door.ts';

const form = { 'content-type': 'application/x-www-form-urlencoded' };

/** A job that waits for an answer, and the holder of the link to give it. */
function aLink(
  over: Partial<JobItem> = {},
  query: Readonly<Record<string, string>> = {},
  signal = 'approve',
) {
  const store = new InMemoryJobStore();
  const item = aQueuedItem({ type: 'booking', status: 'waiting', runAt: t0 + 1_000, ...over });
  store.items.set(jobId, item);
  const deps = {
    store,
    objects: new InMemoryObjectStore(),
    pointers: new InMemoryPointerQueue(),
    ordered: { changeVisibility: async () => undefined },
    contracts,
    clock: new FixedClock(),
    random: fixedRandom(),
    log: recordedLog(),
    shareDoor: aDoor().shareDoor,
  };
  const link = { kind: 'link', createdAt: item.createdAt, expiresAt: t0 + 60_000 } as const;
  const asked = {
    pathParameters: { id: jobId, signal },
    rawQueryString: new URLSearchParams({ ...query, link: 'a-token' }).toString(),
  };
  const show = (by: Parameters<typeof showByLink>[1] = link) => showByLink(aRequest(asked), by, deps);
  const send = (body: string, by: Parameters<typeof showByLink>[1] = link) =>
    answerByLink(aRequest({ ...asked, method: 'POST', headers: form, body }), by, deps);
  const sendAsCaller = (isOk: boolean) =>
    signalJob(
      { id: jobId, tenant: item.tenant, by: 'key:somebody' },
      signalOf({ name: 'approve', value: { isOk } }, () => undefined),
      deps,
    );
  const answers = () => readSavedSignals(store.items.get(jobId)?.signals).answers;
  return { show, send, sendAsCaller, answers, store, item };
}

const closedSignals = (run = 1) =>
  JSON.stringify({ answers: [], closed: [{ name: 'approve', key: 'approve', run }] });

describe('a link to answer a job', () => {
  test('shows a form, what it is about, and until when, and nothing else of the job', async () => {
    const { show } = aLink({}, { about: 'Order <17>' });
    const { statusCode, headers, body = '' } = await show();
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
    expect(headers?.['content-security-policy']).toContain("default-src 'none'");
    for (const text of ['Order &lt;17&gt;', 'booking', 'field.isOk', 'field.note'])
      expect(body).toContain(text);
    expect(body).toContain(
      `action="/ui/jobs/${jobId}/signals/approve?about=Order%20%3C17%3E&amp;link=a-token"`,
    );
    for (const text of ['href="/ui"', 'href="/ui/jobs', 'a tenant', 'Sign']) expect(body).not.toContain(text);
  });

  test('changes nothing when it is opened', async () => {
    const { show, store, item } = aLink();
    await show();
    expect(store.items.get(jobId)).toEqual(item);
  });

  test('takes one answer, and says then that there is one', async () => {
    const { show, send, answers } = aLink();
    const sent = await send('field.isOk=true&field.note=fine');
    expect([sent.statusCode, sent.headers?.location]).toEqual([
      303,
      `/ui/jobs/${jobId}/signals/approve?link=a-token`,
    ]);
    expect(answers()).toMatchObject([{ key: 'approve', by: 'link', value: { isOk: true, note: 'fine' } }]);
    const after = await show();
    expect([after.statusCode, after.body?.includes('Answered')]).toEqual([200, true]);
    expect(after.body).not.toContain('<form method="post" action="/ui/jobs');
  });

  test('takes the same answer once more, and no other one', async () => {
    const { send, answers } = aLink();
    await send('field.isOk=true');
    expect((await send('field.isOk=true')).statusCode).toBe(303);
    const other = await send('field.isOk=false');
    expect([other.statusCode, other.body?.includes('Answered')]).toEqual([409, true]);
    expect(other.body).toContain('<h1>Your answer was not taken</h1>');
    expect(answers()).toHaveLength(1);
  });

  test('says that somebody else was faster', async () => {
    const { send, sendAsCaller, answers } = aLink();
    await sendAsCaller(false);
    expect((await send('field.isOk=true')).statusCode).toBe(409);
    expect(answers()).toMatchObject([{ by: 'key:somebody' }]);
  });

  test('names in the history whom it was made for', async () => {
    const { show, send, answers, store } = aLink({}, { as: 'Eve <b>' });
    expect((await show()).body).toContain('approve?as=Eve%20%3Cb%3E&amp;link=a-token"');
    expect((await send('field.isOk=true')).headers?.location).toContain('?as=Eve%20%3Cb%3E&link=');
    expect(answers()).toMatchObject([{ by: 'link:Eve <b>' }]);
    const item = store.items.get(jobId) ?? aQueuedItem();
    const { history } = toJobResponse(item, { statusUrl: 'https://a.example/jobs/1' });
    expect(history.at(-1)).toMatchObject({ event: 'signaled', by: 'link:Eve <b>' });
  });

  test('answers the wait of its key', async () => {
    const { send, answers } = aLink({}, { key: 'turn-1' });
    await send('field.isOk=true');
    expect(answers()).toMatchObject([{ name: 'approve', key: 'turn-1' }]);
  });

  test('explains at the field what is wrong, and keeps what was written', async () => {
    const { send, answers } = aLink({}, {}, 'spend');
    const { statusCode, body = '', headers } = await send('field.isOk=perhaps&field.limit=many');
    expect(statusCode).toBe(400);
    expect(headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
    expect(body).toMatch(/<input id="field-limit"[^>]* value="many" aria-invalid="true"/);
    expect(body).toContain('aria-describedby="field-isOk-error"');
    expect((await send('field.limit=1')).body).toMatch(/id="field-isOk-error">(<bdi>)?is missing/);
    expect(answers()).toEqual([]);
  });

  test.each<[string, Partial<JobItem>, string]>([
    ['the wait is over', { signals: closedSignals() }, 'waits for this answer no longer'],
    ['the job has ended', { status: 'succeeded', finishedAt: t0 }, 'The job has ended'],
    ['the job is canceled', { status: 'canceled', finishedAt: t0 }, 'The job has ended'],
  ])('says that it comes too late if %s', async (_what, over, text) => {
    const { show, send, answers } = aLink(over);
    const shown = await show();
    expect([shown.statusCode, shown.body?.includes(text)]).toEqual([410, true]);
    const sent = await send('field.isOk=true');
    expect([sent.statusCode, sent.body?.includes(text)]).toEqual([409, true]);
    expect(sent.body).toContain('<h1>Your answer was not taken</h1>');
    expect(answers()).toEqual([]);
  });

  describe('speaks the words of the contract and of the job', () => {
    const question = 'May Ada spend 1,200 EUR for a <chair>?';
    const asked = 'May Ada spend 1,200 EUR for a &lt;chair&gt;?';
    const wait = { name: 'spend', key: 'spend', until: t0 + 7_200_000, question };
    const open = {
      notBefore: wait.until,
      signals: JSON.stringify({ answers: [], closed: [], open: { until: wait.until, waits: [wait] } }),
    };
    const words = ['Approve an expense', asked, 'An order'];
    const ask = (over: Partial<JobItem> = open) => aLink(over, { about: 'An order' }, 'spend');
    const expectWords = (body = '') => {
      for (const text of words) expect(body).toContain(text);
      expect(body).not.toContain('spend: booking');
    };

    test('above the form, whose one boolean is two buttons', async () => {
      const { body = '' } = await ask().show();
      expectWords(body);
      for (const text of [
        'You decide for your team.',
        '<bdi>Up to how many euros?</bdi>',
        '<button name="field.isOk" value="true">Approve</button>',
        '<button name="field.isOk" value="false">Refuse</button>',
      ])
        expect(body).toContain(text);
      expect(body).not.toContain('<select');
    });

    test('in buttons for a choice of a few, if the form has nothing else', async () => {
      const { body = '' } = await aLink({}, {}, 'seat').show();
      expect(body).toContain('<button name="field.place" value="window">At the window</button>');
      expect(body).toContain('Which seat?');
      expect(body).not.toContain('Send');
    });

    test('yes and no, where it has none', async () => {
      const { body = '' } = await aLink().show();
      expect(body).toContain('<button name="field.isOk" value="true">Yes</button>');
      expect(body).toContain('<button name="field.isOk" value="false">No</button>');
    });

    test('when it was answered: what was answered, but nothing that is secret', async () => {
      const { show, send, store, item } = ask();
      await send('field.isOk=false&field.limit=17&field.pin=4711');
      // The job goes on, and waits for something else.
      const saved = readSavedSignals(store.items.get(jobId)?.signals);
      const waits = [{ name: 'approve', key: 'approve', until: wait.until }];
      const signals = JSON.stringify({ ...saved, open: { until: wait.until, waits } });
      store.items.set(jobId, { ...item, signals });
      const { body = '' } = await show();
      expectWords(body);
      for (const text of ['Answered: Refuse', 'Up to how many euros?', '17', 'Your PIN', '[secret]'])
        expect(body).toContain(text);
      expect(body).not.toContain('4711');
    });

    test('and the status of the job says the same', async () => {
      const { send, store } = ask();
      await send('field.isOk=false&field.limit=17&field.pin=4711');
      const item = store.items.get(jobId);
      const { history } = toJobResponse(item ?? aQueuedItem(), { statusUrl: 'https://a.example/jobs/1' });
      expect(history).toEqual([
        {
          ...{ event: 'signaled', at: new Date(t0).toISOString(), attempt: 0, by: 'link' },
          ...{ signal: 'spend', key: 'spend', question },
          answer: 'Refuse; Up to how many euros?: 17; Your PIN: [secret]',
        },
      ]);
    });

    test.each<[string, Partial<JobItem>]>([
      ['the wait is over', { signals: JSON.stringify({ answers: [], closed: [{ ...wait, run: 1 }] }) }],
      ['the job has ended', { ...open, status: 'canceled', finishedAt: t0 }],
    ])('when it comes too late, since %s', async (_what, over) => {
      expectWords((await ask(over).show()).body);
    });

    test('and not of a job that waits for something, nor after the link has expired', async () => {
      expect((await ask().show()).body).not.toContain('A job waits for an answer');
      expect((await aLink().show()).body).toContain('A job waits for an answer. The answer is sent once');
      const { body = '' } = await ask().show({ kind: 'expired link' });
      for (const text of ['An order', asked, 'Ask whoever']) expect(body).not.toContain(text);
    });
  });

  test('is good in the run of a retry, in which the wait is open again', async () => {
    const { show } = aLink({ signals: closedSignals(1), run: 2 });
    expect((await show()).statusCode).toBe(200);
  });

  test('that has expired reads no job, and takes nothing', async () => {
    const { show, send, answers } = aLink();
    for (const page of [
      await show({ kind: 'expired link' }),
      await send('field.isOk=true', { kind: 'expired link' }),
    ])
      expect([page.statusCode, page.body?.includes('This link is not valid any more')]).toEqual([410, true]);
    expect(answers()).toEqual([]);
  });

  test('shows neither a job that is erased nor a later one of the same id', async () => {
    const erased = aLink({ status: 'succeeded', finishedAt: t0, erased: true });
    await expect(erased.show()).rejects.toThrow(JobNotFoundError);
    const { show, send, item } = aLink();
    const earlier = { kind: 'link', createdAt: item.createdAt - 1, expiresAt: t0 + 60_000 } as const;
    await expect(show(earlier)).rejects.toThrow(JobNotFoundError);
    await expect(send('field.isOk=true', earlier)).rejects.toThrow(JobNotFoundError);
  });
});
