import { describe, expect, test } from '@jest/globals';
import { usageError } from '../../../../../../client/jobctl/src/ending.ts';
import { readBody } from '../../../../../../client/jobctl/src/jobs/read-body.ts';
import { NetworkError, ProblemError } from '../../../../../../client/jobctl/src/library.ts';
import {
  type AskedSystem,
  describeFailure,
} from '../../../../../../client/jobctl/src/system/describe-failure.ts';
import { noticeOutage } from '../../../../../../client/jobctl/src/system/notice-outage.ts';

const url = 'https://jobs.example.com';
const place: AskedSystem = { url, source: 'JOB_URL', keySource: 'in JOB_KEY', isKeyIgnored: false };
const failureOf = (error: unknown, over: Partial<AskedSystem> = {}) =>
  describeFailure(error, { ...place, ...over });
const problem = (status: number, name = 'some-problem') =>
  new ProblemError({ type: `/problems/${name}`, title: 'A title', status, detail: 'A detail' });

describe('describe failure', () => {
  test.each([
    [400, 'refused'],
    [401, 'denied'],
    [403, 'denied'],
    [404, 'notFound'],
    [409, 'refused'],
    [413, 'refused'],
    [415, 'refused'],
    [422, 'refused'],
    [429, 'unreachable'],
    [500, 'unexpected'],
    [502, 'unreachable'],
    [503, 'unreachable'],
    [504, 'unreachable'],
  ] as const)('an answer of %i ends a command as %s', (status, ending) => {
    expect(failureOf(problem(status)).ending).toBe(ending);
  });

  test('everything that is wrong with a request is named', () => {
    const errors = [
      { pointer: '', detail: 'the body is not JSON in UTF-8' },
      { pointer: '/payload/a', detail: 'unknown key' },
      { pointer: '/type', detail: 'there is no job type of this name' },
      { pointer: '/runAt', detail: 'is in the past' },
      { pointer: '/tags/1', detail: 'must not be empty' },
    ];
    const error = new ProblemError({ type: 'x', title: 'x', status: 400, detail: 'See `errors`.', errors });
    expect(failureOf(error).text.split('\n')).toEqual([
      'The API refuses it:',
      '  what was sent: the body is not JSON in UTF-8',
      '  /payload/a: unknown key',
      '  /type: there is no job type of this name',
      '  --at: is in the past',
      '  --tag 1: must not be empty',
    ]);
  });

  test('a limit that is used up says when to try again, and nothing else is to be done', () => {
    const detail = 'The tenant has used up its limit `jobsPerMinute`, which is 6. Try again after 9 seconds.';
    const error = new ProblemError({ type: '/problems/limit-exceeded', title: 'x', status: 429, detail });
    expect(failureOf(error)).toEqual({ ending: 'unreachable', text: detail });
  });

  test('a missing key and a wrong one are told apart', () => {
    expect(failureOf(problem(401), { keySource: undefined }).text).toContain('Set JOB_KEY');
    expect(failureOf(problem(401)).text).toContain('does not accept the key in JOB_KEY.');
    expect(failureOf(problem(401), { keySource: 'of profile "prod"' }).text).toContain(
      'key of profile "prod".',
    );
  });

  test('of the local system, it is said where its key is', () => {
    const local = 'http://127.0.0.1:3000';
    const advice = '`npm start` prints a new key at each start';
    expect(failureOf(problem(401), { url: local }).text).toContain(`expired: ${advice}.`);
    expect(failureOf(problem(401), { url: local, keySource: undefined }).text).toContain(`(${advice})`);
    expect(failureOf(problem(401)).text).toContain('ask the operator');
  });

  test('a JOB_KEY that is for another system is no missing key', () => {
    const { text } = failureOf(problem(401), { keySource: undefined, isKeyIgnored: true });
    expect(text).toMatch(
      /JOB_KEY was not sent: it is for the address in JOB_URL, .+ JOB_URL=https:.+ profile/,
    );
  });

  test('a missing right is named, and what to do', () => {
    expect(failureOf(problem(403)).text).toMatch(
      /^A detail\. Use a key that has the right, in JOB_KEY or in/,
    );
  });

  test('what does not answer is unreachable, and its reason is told', () => {
    const cause = new TypeError('fetch failed', {
      cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
    });
    const error = new NetworkError('There was no whole answer.', { cause });
    expect(failureOf(error)).toEqual({
      ending: 'unreachable',
      text: `Nothing answers at ${url}: ECONNREFUSED. Check JOB_URL.`,
    });
    const local = failureOf(error, { url: 'http://127.0.0.1:3000', source: undefined });
    expect(local.text).toContain('Start it with `npm start`');
  });

  test.each([
    new NetworkError('The answer is not one of the API.'),
    new ProblemError({ type: 'about:blank', title: 'HTTP 404', status: 404, detail: 'HTTP 404' }),
  ])('an answer of something else is not one of the API: %s', (error) => {
    expect(failureOf(error)).toMatchObject({
      ending: 'unreachable',
      text: expect.stringContaining('is not the API'),
    });
  });

  test('what is typed wrong keeps its words, and an error of ours is unexpected', () => {
    expect(failureOf(usageError('--in is wrong.'))).toEqual({ ending: 'usage', text: '--in is wrong.' });
    expect(failureOf(new TypeError('x is undefined'))).toEqual({
      ending: 'unexpected',
      text: 'This should not happen: x is undefined. JOBCTL_DEBUG=1 shows where it comes from.',
    });
  });
});

const request = new Request('http://127.0.0.1:9/jobs');

/** Asks at each second with this answer: a status, or none. @returns the seconds of the outages that were told */
async function reportedOf(answers: Readonly<Record<number, number | undefined>>): Promise<readonly number[]> {
  const reported: number[] = [];
  let [at, status]: [number, number | undefined] = [0, undefined];
  const fetch = noticeOutage(
    async () => {
      if (status === undefined) throw new TypeError('fetch failed');
      return new Response(null, { status });
    },
    { now: () => at * 1000, report: (seconds) => reported.push(seconds) },
  );
  for (const [second, answer] of Object.entries(answers)) {
    [at, status] = [Number(second), answer];
    await fetch(request).catch(() => undefined);
  }
  return reported;
}

describe('notice outage', () => {
  test('an API that has not answered for some seconds is told of, once', async () => {
    expect(await reportedOf({ 0: 200, 10: undefined, 14: undefined, 16: undefined, 30: 503 })).toEqual([6]);
  });

  test('a moment without an answer is not told of, and neither is an answer that comes late', async () => {
    expect(await reportedOf({ 0: undefined, 4: 503, 5: 200, 60: undefined, 61: 404 })).toEqual([]);
  });

  test('the next outage is told of, too', async () => {
    expect(await reportedOf({ 0: undefined, 8: 500, 9: 304, 20: 502, 30: 503 })).toEqual([8, 10]);
  });
});

/** Of a body that begins, and never goes on: no signal reaches it. */
const stalled = () =>
  new Response(new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array([1, 2])) }));

describe('read body', () => {
  test('a body is read as it comes', async () => {
    const parts: Uint8Array[] = [];
    for await (const part of readBody(new Response('a text'), new AbortController().signal)) parts.push(part);
    expect(Buffer.concat(parts).toString()).toBe('a text');
  });

  test('a body that does not go on ends with the reason of the signal', async () => {
    const abort = new AbortController();
    const parts = readBody(stalled(), abort.signal);
    expect((await parts.next()).value).toEqual(new Uint8Array([1, 2]));
    const next = parts.next();
    abort.abort(new Error('Ctrl-C'));
    await expect(next).rejects.toThrow('Ctrl-C');
  });

  test('a body that is cut ends with what to do', async () => {
    const cut = new ReadableStream({ start: (controller) => controller.error(new Error('reset')) });
    await expect(readBody(new Response(cut), new AbortController().signal).next()).rejects.toThrow(
      'The result did not arrive whole. Repeat the command.',
    );
  });
});
