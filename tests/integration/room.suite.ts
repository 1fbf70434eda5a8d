import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { jobResponse } from '../../shared/http/responses/job-response.ts';
import { withRoom } from './lambda-room.ts';
import type { Answer, System } from './system.ts';

type Api = Pick<System, 'call'>;

const body = JSON.stringify({ type: 'counting', payload: { seconds: 0 }, delaySeconds: 600 });
const submit = ({ call }: Api, headers = {}) => call('POST', '/jobs', { body, headers });
const many = (count: number, call: () => Promise<Answer>): Promise<readonly Answer[]> =>
  Promise.all(Array.from({ length: count }, call));
const statusesOf = (answers: readonly Answer[]): readonly number[] => [
  ...new Set(answers.map(({ status }) => status)),
];

/** A job for whose end others wait. It ends with the test. */
function waitedFor(running: () => System): () => string {
  let id = '';
  beforeEach(async () => {
    ({ id } = jobResponse.parse(JSON.parse((await submit(running())).body)));
  });
  afterEach(() => running().call('POST', `/jobs/${id}/cancel`));
  return () => `/jobs/${id}/wait`;
}

/** As the client does. */
async function untilAnswered(call: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await call();
    if (answer.status !== 503) return answer;
    await setTimeout(50 + Math.random() * 200);
  }
}

/** Of a stage where requests wait. */
export function describeRoom(running: () => System): void {
  const waiting = waitedFor(running);

  /** Begins waits, and tells how those were answered that found no room. The others are open. */
  async function begin(count: number, api: Api) {
    const refused: Answer[] = [];
    const waits = Array.from({ length: count }, () => api.call('GET', waiting()));
    for (const wait of waits) void wait.then((answer) => refused.push(answer));
    await setTimeout(100);
    return { refused: [...refused], all: Promise.all(waits) };
  }

  test('waits take the room of an account of ten, and submissions find none', async () => {
    const api = withRoom(running(), { account: 10 });
    const { refused, all } = await begin(100, api);
    expect([refused.length, statusesOf(refused)]).toEqual([90, [503]]);
    expect(statusesOf(await many(20, () => submit(api)))).toEqual([503]);
    await running().call('POST', waiting().replace(/wait$/, 'cancel'));
    expect((await all).filter(({ status }) => status === 200)).toHaveLength(10);
    expect((await submit(api)).status).toBe(202);
  });

  test('a thousand waits take what is reserved for them, and submissions go on', async () => {
    const api = withRoom(running(), { account: 1_000, reserved: { wait: 20 } });
    const { refused, all } = await begin(1_000, api);
    expect([refused.length, statusesOf(refused)]).toEqual([980, [503]]);
    expect(statusesOf(await many(50, () => submit(api)))).toEqual([202]);
    await running().call('POST', waiting().replace(/wait$/, 'cancel'));
    expect((await all).filter(({ status }) => status === 200)).toHaveLength(20);
  });
}

/** Of a stage with `waitSeconds: 0`. */
export function describeNoWaits(running: () => System): void {
  const waiting = waitedFor(running);

  test('a hundred waits leave room for submissions, in an account of ten', async () => {
    const api = withRoom(running(), { account: 10 });
    const waits = many(100, () => untilAnswered(() => api.call('GET', waiting())));
    const submissions = many(20, () => untilAnswered(() => submit(api)));
    expect(statusesOf(await submissions)).toEqual([202]);
    expect(statusesOf(await waits)).toEqual([200]);
  });

  test('a wait is answered at once, with when to ask again', async () => {
    const { status, headers } = await running().call('GET', `${waiting()}?seconds=20`);
    expect(status).toBe(200);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    const known = { headers: { 'if-none-match': String(headers.etag) } };
    running().table.operations.length = 0;
    expect((await running().call('GET', waiting(), known)).status).toBe(304);
    // It has looked once.
    expect(running().table.operations.filter((each) => each === 'GetItem')).toHaveLength(1);
  });

  test('a submission that prefers to wait is answered at once', async () => {
    const { status, headers } = await submit(running(), { prefer: 'wait=5' });
    expect(status).toBe(202);
    expect(headers).not.toHaveProperty('preference-applied');
  });
}
