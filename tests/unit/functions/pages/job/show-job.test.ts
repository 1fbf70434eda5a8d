import { describe, expect, test } from '@jest/globals';
import { notifications } from '../../../../../functions/pages/job/notifications.ts';
import { sendResult } from '../../../../../functions/pages/job/send-result.ts';
import { showJob } from '../../../../../functions/pages/job/show-job.ts';
import { rights } from '../../../../../shared/domain/access/access-entry.ts';
import { ForbiddenError, NoResultError } from '../../../../../shared/domain/base/errors.ts';
import { type JobItem, readItem } from '../../../../../shared/domain/state/job/item.ts';
import { writeMessage } from '../../../../../shared/domain/state/job/message.ts';
import { readApart } from '../../../../../shared/domain/state/job/newer-item.ts';
import type { Viewer } from '../../../../../shared/http/access/people.ts';
import { toJobResponse } from '../../../../../shared/http/responses/job-response.ts';
import { RecentCounts } from '../../../../../shared/operations/find/recent-counts.ts';
import { FixedClock, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { inMemoryBatches } from '../../../../../testkit/fakes/in-memory-batches.ts';
import { fakeSigner } from '../../../../../testkit/fakes/in-memory-objects.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import {
  aFailedItem,
  aMessage,
  anId,
  aQueuedItem,
  aRequest,
  aRunningItem,
  jobId,
  newerVersion,
} from '../../../../set-ups/samples.ts';
import { secretive, secretPayload, secretsIn } from '../../../../set-ups/secretive-type.ts';
import { waitingJobs } from '../../../../set-ups/waiting-jobs.ts';
import { aWorker } from '../../../../set-ups/worker.ts';

const owner: Viewer = { kind: 'caller', tenant: 'a tenant', actor: 'key:a-key', rights };
const dependsOn = [anId(1), anId(2), anId(3)];
const dependencies: readonly JobItem[] = [
  aQueuedItem({ id: anId(1), status: 'failed' }),
  aQueuedItem({ id: anId(2), status: 'succeeded' }),
  aQueuedItem({ id: anId(3), tenant: 'somebody else', status: 'succeeded' }),
];

interface Looking {
  readonly viewer?: Viewer;
  readonly etag?: string;
  readonly query?: string;
  readonly now?: number;
  /** The other jobs that there are. */
  readonly others?: readonly JobItem[];
}

const noBatches = () => {
  const batches = inMemoryBatches();
  return { batches, counts: new RecentCounts({ batches, clock: new FixedClock() }) };
};

const show = (item: JobItem, looking: Looking = {}) => {
  const { viewer = owner, etag = '', query = '', others = dependencies, now = t0 } = looking;
  const headers = { ...aRequest().headers, 'if-none-match': etag };
  const queryStringParameters = Object.fromEntries(new URLSearchParams(query));
  const list = {
    read: async (ids: readonly string[]) => ({
      ...readApart(
        others.filter(({ id }) => ids.includes(id)),
        readItem,
      ),
      units: 1,
    }),
  };
  const request = aRequest({
    ...{ rawPath: `/ui/jobs/${item.id}`, headers, queryStringParameters, rawQueryString: query },
  });
  const { objects } = aWorker();
  return showJob(item, request, {
    viewer,
    list,
    objects,
    mapStacks: async (lines) => lines,
    ...noBatches(),
    contracts: { ...contracts, secretive },
    hasSignIn: true,
    now,
  });
};

describe('the page of a job', () => {
  test('names a dependency that only newer code can read, without a link', async () => {
    const others = [aQueuedItem({ id: anId(1), version: newerVersion })];
    const { body = '' } = await show(aQueuedItem({ status: 'waiting', dependsOn: [anId(1)] }), { others });
    expect(body).toContain(`of a newer version (${newerVersion})`);
    expect(body).not.toContain(`href="/ui/jobs/${anId(1)}"`);
  });

  test.each(['waiting', 'failed', 'canceled'] as const)(
    'that has not started and is %s shows how far its dependencies are, and nothing of other tenants',
    async (status) => {
      const { body } = await show(aQueuedItem({ status, dependsOn }));
      const list = /<dt>After<\/dt>.*?<\/ul>/s.exec(body ?? '')?.[0] ?? '';
      expect(
        [...list.matchAll(/<li>.*?(Failed|Succeeded|not known any more)/gs)].map(([, word]) => word),
      ).toEqual(['Failed', 'Succeeded', 'not known any more']);
    },
  );

  test('that has started needs not read them: they had succeeded', async () => {
    const { body } = await show(aRunningItem({ dependsOn: [anId(1)] }));
    expect(/<dt>After<\/dt>.*?<\/ul>/s.exec(body ?? '')?.[0]).toContain('Succeeded');
  });

  test('is answered with 304 while nothing has changed, and says how long to wait otherwise', async () => {
    const first = await show(aRunningItem());
    const etag = String(first.headers?.etag);
    expect(first.body).toMatch(/<body data-refresh="\d+">/);
    expect(await show(aRunningItem(), { etag })).toMatchObject({ statusCode: 304, headers: { etag } });
    expect(await show(aRunningItem({ progress: { percent: 1, message: null } }), { etag })).toMatchObject({
      statusCode: 200,
    });
  });

  test('is another page when a job that it waits for has gone on', async () => {
    const item = aQueuedItem({ status: 'waiting', dependsOn: [anId(1)] });
    const showWhile = (status: JobItem['status'], etag = '') =>
      show(item, { etag, others: [aQueuedItem({ id: anId(1), status })] });
    const etag = String((await showWhile('running')).headers?.etag);
    expect(await showWhile('running', etag)).toMatchObject({ statusCode: 304 });
    const next = await showWhile('failed', etag);
    expect(next.statusCode).toBe(200);
    expect(next.headers?.etag).not.toBe(etag);
    expect(next.body).toContain('Failed');
  });

  test('that no worker has begun for a minute says so, also to who has seen it before', async () => {
    const sentence = 'No worker has taken it';
    const waited = (ms: number, over: Partial<JobItem> = {}) => aQueuedItem({ updatedAt: t0 - ms, ...over });
    const soon = await show(waited(60_000));
    expect(soon.body).not.toContain(sentence);
    // The same state at a later time is another page.
    const late = aQueuedItem({ updatedAt: t0 - 60_000 });
    const seen = await show(late, { now: t0 + 1, etag: String(soon.headers?.etag) });
    expect(seen.body).toContain(sentence);
    for (const over of [
      { status: 'waiting' },
      { status: 'running', attempt: 1 },
      { group: 'g' },
      // Its handler has put it off, SQS delays it, or it waits for its next attempt.
      { attempt: 0, notBefore: t0 + 1 },
      { runAt: t0 + 1 },
      { attempt: 1, notBefore: t0 - 59_000 },
    ] as const)
      expect((await show(waited(61_000, over))).body).not.toContain(sentence);
    expect((await show(waited(90_000, { attempt: 1, notBefore: t0 - 61_000 }))).body).toContain(sentence);
  });

  test('names who has canceled and retried it, for its tenant, and not for who has the link', async () => {
    const canceled = { event: 'canceled', at: t0 + 1_000, attempt: 0 } as const;
    const history = [canceled, { event: 'resubmitted', at: t0 + 2_000, attempt: 0 } as const];
    const item = aQueuedItem({ history, canceledBy: 'key:one', retriedBy: 'key:<two>' });
    const { body } = await show(item);
    expect(body).toMatch(/was canceled.*by .*key:one.*was retried.*by .*key:&lt;two&gt;/s);
    expect((await show(item, { viewer: { kind: 'grant' } })).body).not.toMatch(/key:(one|&lt;two)/);
  });

  const withLines = (over: Partial<JobItem> = {}) =>
    aFailedItem({
      startedAt: t0,
      logTail: [
        { level: 'info', time: t0, attempt: 2, message: 'rows <read>', fields: { rows: 3 } },
        {
          level: 'warn',
          time: t0,
          attempt: 2,
          message: 'attempt failed',
          fields: { error: { stack: 'Error\n at it' } },
        },
      ]
        .map((line) => JSON.stringify(line))
        .join('\n'),
      usedMbMs: 1024 * 1_000_000,
      ...over,
    });

  test('has its last lines by attempt, the newest first, each with its level in words; and what it has cost', async () => {
    const { body = '' } = await show(withLines());
    expect(body).toContain('<h3>Attempt 2, the newest first</h3>');
    expect(body).toMatch(/<strong>WARN<\/strong>.*<pre[^>]*>Error\n at it<\/pre>.*<strong>INFO<\/strong>/s);
    expect(body).toContain('<bdi>rows &lt;read&gt;</bdi>');
    expect((await show(withLines({ status: 'running' }))).body).toContain('about $0.0133 so far');
  });

  test('of a job that has ended says what it has cost, and of one that has cost next to nothing no more than that', async () => {
    const ended = { status: 'failed', finishedAt: t0, error: { name: 'Error', message: 'no' } } as const;
    expect((await show(withLines(ended))).body).toContain('<dd>about $0.0133 <span');
    expect((await show(withLines({ ...ended, usedMbMs: 1024 * 1_000 }))).body).toContain(
      '<dd>less than $0.0001 <span',
    );
  });

  test.each([
    ['the beginning', {}, 'It begins anew.'],
    ['the state', { checkpoint: '{}' }, 'It goes on from the state that it saved last.'],
    ['its steps', { steps: { next: 1, tail: '' } }, 'What its steps have done is not done again.'],
  ])('of a job that has failed says that a retry goes on from %s', async (_from, over, words) => {
    const { body = '' } = await show(aFailedItem(over as Partial<JobItem>));
    expect(body).toContain(`If the cause is gone, retry it. ${words}`);
  });

  test('has its lines of a level and above, and links to the others', async () => {
    const { body = '' } = await show(withLines(), { query: 'level=warn' });
    expect(body).toContain('attempt failed');
    expect(body).not.toContain('rows &lt;read&gt;');
    expect(body).toMatch(/<a href="\/ui\/jobs\/[^"?]*\?level=warn" aria-current="true">WARN and above<\/a>/);
    expect(body).toMatch(/<a href="\/ui\/jobs\/[^"?]*">All levels<\/a>/);
    expect((await show(withLines(), { query: 'level=error' })).body).toContain(
      'No stored line is like that.',
    );
  });

  test('shows its lines to nobody without the right to them, and its payload to nobody with a link alone', async () => {
    const reader: Viewer = { ...owner, rights: ['read'] };
    expect((await show(withLines(), { viewer: reader })).body).not.toMatch(/rows|\/logs/);
    const { body } = await show(withLines(), { viewer: { kind: 'grant' } });
    expect(body).not.toMatch(/rows|\/logs|What it was given/);
  });

  test('has what it was given, without what is secret, and a form that begins with it', async () => {
    const message = writeMessage(aMessage({ type: 'secretive', payload: secretPayload }));
    const { body = '' } = await show(withLines({ type: 'secretive', message }));
    expect(body).toContain('What it was given');
    expect(body).toContain(secretPayload.user);
    expect(secretsIn(body)).toEqual([]);
    expect(body).toContain(`href="/ui/job-types/secretive?from=${jobId}"`);
    const { body: unknown } = await show(withLines({ message: writeMessage(aMessage({ type: 'gone' })) }));
    expect(unknown).not.toContain('What it was given');
  });

  test('says that its type has no handler, and when it goes on', async () => {
    const until = t0 + 60_000;
    const held = { notBefore: until, noHandler: { since: t0, until } };
    const { body } = await show(aQueuedItem({ status: 'waiting', ...held }));
    expect(body).toContain('There is no handler for this type. It goes on by itself, within 15 minutes');
  });

  test('that has ended is not asked for again', async () => {
    const { body } = await show(aQueuedItem({ status: 'succeeded', result: '1', finishedAt: t0 }));
    expect(body).toContain('<body data-refresh="">');
    expect(body).not.toContain('http-equiv="refresh"');
  });

  test('for the holder of a link has no buttons, no links to other jobs, and keeps the grant of the link', async () => {
    const item = aQueuedItem({ status: 'succeeded', result: '1', startedAt: t0, dependsOn, tags: ['a tag'] });
    const { body } = await show(item, { viewer: { kind: 'grant' }, query: 'grant=1.x' });
    expect(body).not.toMatch(/<form|href="\/ui\?/);
    expect([...(body ?? '').matchAll(/href="(\/ui\/jobs[^"]*)"/g)].map(([, link]) => link)).toEqual([
      `/ui/jobs/${item.id}`,
      `/ui/jobs/${item.id}/result?grant=1.x`,
    ]);
  });

  test('of a child leads to its parent, but not by a link', async () => {
    const child = aQueuedItem({ parent: { id: anId(1), batch: anId(2), index: 3, shard: 0, depth: 1 } });
    const link = `<dt>Child</dt><dd>3 of <a class="mono" href="/ui/jobs/${anId(1)}">`;
    expect((await show(child)).body).toContain(link);
    const { body } = await show(child, { viewer: { kind: 'grant' }, query: 'grant=1.x' });
    expect(body).toContain(`<dt>Child</dt><dd>3 of <span class="mono">${anId(1)}`);
  });

  const resultObject = { name: 'results/a/b/1/2', bytes: 1_600_000, contentType: 'text/<b>' };
  const withObject = (over: Partial<JobItem> = {}) =>
    aQueuedItem({ status: 'succeeded', resultObject, finishedAt: t0, ...over });

  test('offers a result that is in an object as a file, and says how large and of which type it is', async () => {
    const { body } = await show(withObject(), { viewer: { kind: 'grant' }, query: 'grant=1.x' });
    expect(body).toContain(`<a href="/ui/jobs/${withObject().id}/result?grant=1.x">Download the file</a>`);
    expect(body).toContain('1.5 MB, <bdi>text/&lt;b&gt;</bdi>');
    expect(body).not.toContain('null');
  });

  test('shows what stands beside a streamed result', async () => {
    const { body } = await show(withObject({ result: '{"rows":3}' }));
    expect(body).toMatch(/<dt><bdi>rows<\/bdi><\/dt><dd><code>3<\/code><\/dd>/);
    expect(body).toContain('Download the file');
  });

  test('leads to no object of a type that has secret fields, and says where it is to be had', async () => {
    const { body } = await show(withObject({ type: 'secretive', result: '{"user":"u","session":"s"}' }));
    expect(body).not.toMatch(/href="[^"]*\/result/);
    expect(body).toContain('fetch it through the API');
    expect(body).toContain('[secret]');
  });

  test('says when the next attempt starts', async () => {
    const { body } = await show(
      aQueuedItem({ notBefore: t0 + 30_000, error: { name: 'Error', message: 'no' } }),
    );
    expect(body).toContain('It is tried again');
    expect(body).toContain('in 30 seconds');
  });

  test('says until when a job waits outside of its queue, and why', async () => {
    const { body } = await show(
      aQueuedItem({
        status: 'waiting',
        notBefore: t0 + 7_200_000,
        error: { name: 'RetryAfterError', message: '429' },
        history: [
          { event: 'started', at: t0 - 9_000 },
          { event: 'put-off', at: t0, attempt: 0 },
        ],
      }),
    );
    for (const text of ['It is tried again', 'in 2 hours', 'RetryAfterError', '429'])
      expect(body).toContain(text);
    expect(body).not.toContain('It sleeps');
  });

  test.each(Object.entries(waitingJobs))(
    'of a job that waits says so, and promises a deployment to no other: %s',
    async (kind, { item, heading, rest }) => {
      const { body } = await show(item);
      expect(body).toContain(`>${heading}</h2>`);
      expect(body).toContain('It has waited since');
      expect(body).toContain(`${rest} <span`);
      expect(body?.includes('deployment')).toBe(kind === 'handler');
      expect((await show({ ...item, group: 'g' })).body).toContain('behind it in its group');
    },
  );
});

test('shows what a job waits for, with a way to answer for who may, and who has answered', async () => {
  const wait = { name: 'approve', key: 'turn <1>', until: t0 + 7_200_000, question: 'May <Ada> go?' };
  const asked = { name: 'spend', key: 'before', question: 'May <Bob> stay?', words: 'Refuse; why: <no>' };
  const answer = { ...asked, at: t0 - 4_000, by: 'link:Eve <b>', fingerprint: 'f' };
  const item = aQueuedItem({
    type: 'booking',
    status: 'waiting',
    notBefore: wait.until,
    history: [{ event: 'handed-over', at: t0 - 5_000, attempt: 0 }],
    slices: 1,
    signals: JSON.stringify({ answers: [answer], closed: [], open: { until: wait.until, waits: [wait] } }),
  });
  const { body } = await show(item);
  for (const text of [
    'It waits for an answer',
    'turn &lt;1&gt;',
    'May &lt;Ada&gt; go?',
    'in 2 hours',
    '/signals/approve?key=turn%20%3C1%3E',
    '>What was answered</h2>',
    'May &lt;Bob&gt; stay?',
    'Approve an expense',
    'Answered: <bdi>Refuse; why: &lt;no&gt;</bdi>',
    'none in this slice, of',
    'by <bdi>link:Eve &lt;b&gt;</bdi>',
  ])
    expect(body).toContain(text);
  expect(body).not.toContain('It sleeps');
  const others = rights.filter((right) => right !== 'signal');
  const reader = await show(item, {
    viewer: { kind: 'caller', tenant: 'a tenant', actor: 'key:b', rights: others },
  });
  expect(reader.body).not.toContain('/signals/');
  const urls = { statusUrl: 'https://a.example/jobs/1' };
  expect(toJobResponse(item, urls)).toMatchObject({
    waitsFor: [
      {
        signal: 'approve',
        key: wait.key,
        until: new Date(wait.until).toISOString(),
        question: wait.question,
      },
    ],
    history: [
      { event: 'handed-over' },
      {
        ...{ event: 'signaled', by: 'link:Eve <b>', signal: 'spend', key: 'before' },
        ...{ question: asked.question, answer: asked.words },
      },
    ],
  });
  // It was answered, or backs off since: what it waited for is outdated.
  const later = toJobResponse({ ...item, notBefore: wait.until + 1 }, urls);
  expect(later.waitsFor).toBeUndefined();
});

const anObject = (contentType: string) => ({ name: 'results/a/b/1/2', bytes: 40_000, contentType });

describe('the result that a page offers', () => {
  const send = (over: Partial<JobItem>) =>
    sendResult(aFailedItem({ status: 'succeeded', ...over }), aRequest(), {
      contracts: { secretive },
      signer: fakeSigner,
      clock: { now: () => t0 },
    });
  const savedAs = async (contentType: string) => {
    const { headers } = await send({ resultObject: anObject(contentType) });
    return new URL(String(headers?.location)).searchParams.get('as')?.split('.').at(-1);
  };

  test('is a file of JSON, without what is secret in it', async () => {
    const { statusCode, headers, body } = await send({
      type: 'secretive',
      result: '{"user":"u","session":"s"}',
    });
    expect([statusCode, body]).toEqual([200, '{"user":"u","session":"[secret]"}']);
    expect(headers?.['content-disposition']).toMatch(/^attachment; filename="[\w-]{36}\.json"$/);
    expect(headers).toMatchObject({
      'referrer-policy': 'same-origin',
      'cache-control': 'private, no-cache',
    });
  });

  test('is the way to its object, which the browser saves and does not show', async () => {
    const { statusCode, headers, body } = await send({ resultObject: anObject('text/html') });
    expect([statusCode, body]).toEqual([303, undefined]);
    const { origin, pathname } = new URL(String(headers?.location));
    expect(origin + pathname).toBe('https://bucket.example/results/a/b/1/2');
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'same-origin' });
  });

  test.each([
    ['text/csv', 'csv'],
    ['Text/CSV; charset=utf-8', 'csv'],
    ['application/json', 'json'],
    ['application/octet-stream', 'bin'],
    ['constructor', 'bin'],
  ])('of the type %s is saved as .%s', async (contentType, ending) => {
    expect(await savedAs(contentType)).toBe(ending);
  });

  test('is refused if it is an object, in which secret fields cannot be hidden', async () => {
    const refused = send({ type: 'secretive', resultObject: anObject('application/json') });
    await expect(refused).rejects.toThrow(ForbiddenError);
  });

  test('is not there before the job has one', async () => {
    await expect(send({ status: 'canceled' })).rejects.toThrow(NoResultError);
  });
});

const notify = [
  { url: 'https://hooks.example.com/secret-path?token=secret' },
  { email: '<b>@example.com' },
  { event: true as const },
  { url: '?' },
];
const records = [
  { status: 'delivered', attempts: 1 },
  { status: 'failed', attempts: 12, lastError: '<i>' },
  { status: 'pending', attempts: 1, lastError: 'timed out' },
];

describe('notifications', () => {
  const urls = { statusUrl: 'https://api.example.com/jobs/1', pageUrl: 'https://api.example.com/ui/jobs/1' };

  test('a page says who is told of the end, and how it is with that, without what may be secret in an address', () => {
    const item = aFailedItem({ notify, notification: JSON.stringify(records) });
    const text = notifications(toJobResponse(item, urls))?.text.replace(/<\/?(ul|bdi)[^>]*>/g, '');
    expect(text?.split('</li>').map((line) => line.replace('<li>', ''))).toEqual([
      'webhook to hooks.example.com: delivered',
      'mail to &lt;b&gt;@example.com: given up after 12 attempts: &lt;i&gt;',
      'event: not yet, after one attempt: timed out',
      'webhook to an address: not yet',
      '',
    ]);
  });

  test('a page says nothing of notifications where nobody is told', () => {
    expect(notifications(toJobResponse(aFailedItem(), urls))).toBeUndefined();
  });
});
