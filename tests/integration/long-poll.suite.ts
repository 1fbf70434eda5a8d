import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { jobResponse } from '../../shared/http/responses/job-response.ts';
import { eventually } from './eventually.ts';
import type { Answer, System } from './system.ts';

let system: System;
/** The ids of the jobs that were read at the wire. */
const reads: string[] = [];
/** How often a job had been read when it was to be written that it has succeeded. */
const readsAtEnd = new Map<string, number>();
const readsOf = (id: string) => reads.filter((each) => each === id).length;

const jobIn = ({ body }: Answer) => jobResponse.parse(JSON.parse(body));
const submitAndWait = (payload: object, prefer: string) =>
  system.call('POST', '/jobs', {
    body: JSON.stringify({ type: 'counting', payload }),
    headers: { prefer },
  });
const wait = (id: string, query = '', headers: Record<string, string> = {}) =>
  system.call('GET', `/jobs/${id}/wait${query}`, { headers });
/** At most four in the first second, and five every four seconds after that; and one when the time is over. */
const maxReads = (seconds: number) => 4 + Math.ceil(Math.max(0, seconds - 0.8) * 1.25) + 1;

export function describeLongPoll(running: () => System): void {
  beforeAll(() => {
    system = running();
    system.table.treat = (operation, body) => {
      if (operation === 'GetItem') reads.push(JSON.parse(body).Key.id.S);
      if (operation === 'UpdateItem' && body.includes('"succeeded"')) {
        const id: string = JSON.parse(body).Key.id.S;
        readsAtEnd.set(id, readsOf(id));
      }
      return 'pass';
    };
    system.start();
  });

  beforeEach(() => {
    reads.length = 0;
  });

  test('a submission that prefers to wait is answered with 200 and the result', async () => {
    // On a busy machine a job may take longer than that.
    const answer = await eventually(async () => {
      const one = await submitAndWait({ seconds: 0 }, 'wait=5');
      return one.status === 200 ? one : undefined;
    }, 'a job that ends meanwhile');
    expect(answer.headers).toMatchObject({ 'preference-applied': 'wait=5' });
    expect(answer.headers).not.toHaveProperty('location');
    expect(jobIn(answer)).toMatchObject({ status: 'succeeded', result: { seconds: 0 } });
  });

  test('a submission that waits for a job that takes longer is answered with 202, and where to ask', async () => {
    const answer = await submitAndWait({ seconds: 60 }, 'respond-async, wait=1');
    expect(answer.status).toBe(202);
    const { id, statusUrl } = jobIn(answer);
    expect(answer.headers).toMatchObject({ 'preference-applied': 'wait=1', location: statusUrl });
    expect(readsOf(id)).toBeLessThanOrEqual(maxReads(1));
    await system.call('POST', `/jobs/${id}/cancel`);
  });

  test('a submission is answered after five seconds, however long it prefers to wait', async () => {
    const beganAt = Date.now();
    const answer = await submitAndWait({ seconds: 60 }, 'wait=20');
    const took = Date.now() - beganAt;
    expect([answer.status, answer.headers['preference-applied']]).toEqual([202, 'wait=5']);
    expect(took).toBeGreaterThanOrEqual(5_000);
    expect(readsOf(jobIn(answer).id)).toBeLessThanOrEqual(maxReads(5));
    await system.call('POST', `/jobs/${jobIn(answer).id}/cancel`);
  });

  test('a submission that waits, and whose key came before, waits for the job of its key', async () => {
    const body = JSON.stringify({ type: 'counting', payload: { seconds: 1 } });
    let key = 0;
    const submit = () =>
      system.call('POST', '/jobs', {
        body,
        headers: { 'idempotency-key': `"waited for ${key}"`, prefer: 'wait=5' },
      });
    await eventually(async () => {
      key += 1;
      const [first, second] = await Promise.all([submit(), submit()]);
      expect(jobIn(first).id).toBe(jobIn(second).id);
      return (first.status === 200 && second.status === 200) || undefined;
    }, 'a job that ends while both wait');
    const third = await submit();
    expect(third).toMatchObject({ status: 200, headers: { 'idempotent-replayed': 'true' } });
  });

  test('a wait is answered at its first look after the job has ended, for few reads', async () => {
    await Promise.all(
      [2, 3, 4].map(async (seconds) => {
        const { id } = await system.submit('counting', { seconds });
        const beganAt = Date.now();
        // Until the job ends, its state changes, and so does its tag: of those the wait returns, too.
        let answer = await wait(id);
        let waits = 1;
        for (; !jobIn(answer).finishedAt; waits += 1) answer = await wait(id);
        const tookSeconds = (Date.now() - beganAt) / 1000;
        expect(readsOf(id)).toBeLessThanOrEqual(maxReads(tookSeconds) + 4 * waits);
        // One may be on its way while the end is written.
        expect(readsOf(id) - (readsAtEnd.get(id) ?? 0)).toBeLessThanOrEqual(2);
        expect(readsAtEnd.get(id)).toBeGreaterThan(0);
      }),
    );
  });

  test('a wait with the tag of a state is answered when the state changes, at once if it has', async () => {
    await system.halt('long');
    const { id } = await system.submit('counting', { seconds: 60 });
    const before = await system.call('GET', `/jobs/${id}`);
    const tag = { 'if-none-match': String(before.headers.etag) };
    let waiting = wait(id, '', tag);
    system.start('long');
    // A busy machine may not start it within the time of a wait.
    while ((await waiting).status === 304) waiting = wait(id, '', tag);
    const changed = await waiting;
    expect([changed.status, jobIn(changed).status]).toEqual([200, 'running']);
    expect(changed.headers.etag).not.toBe(before.headers.etag);
    reads.length = 0;
    expect((await wait(id, '', tag)).status).toBe(200);
    expect(reads.filter((each) => each === id)).toHaveLength(1);
    await system.call('POST', `/jobs/${id}/cancel`);
  });

  test('a wait in which nothing changes is answered with what there is: 304 to a caller that has it, else 200', async () => {
    const { id } = await system.request({ type: 'counting', payload: { seconds: 0 }, delaySeconds: 600 });
    const beganAt = Date.now();
    const answer = await wait(id, '?seconds=2');
    expect(Date.now() - beganAt).toBeGreaterThanOrEqual(2_000);
    expect([answer.status, jobIn(answer).status]).toEqual([200, 'waiting']);
    expect(readsOf(id)).toBeLessThanOrEqual(maxReads(2));
    const known = await wait(id, '?seconds=0', { 'if-none-match': String(answer.headers.etag) });
    expect(known).toMatchObject({ status: 304, body: '', headers: { etag: answer.headers.etag } });
  });

  test('a wait for a job that has ended costs one read', async () => {
    const { id } = await system.submit('counting', { seconds: 0 });
    await system.finished(id);
    reads.length = 0;
    expect(jobIn(await wait(id)).status).toBe('succeeded');
    expect(reads).toEqual([id]);
  });

  test('a wait ends with 404 when the job is erased meanwhile', async () => {
    const { id } = await system.request({ type: 'counting', payload: { seconds: 0 }, delaySeconds: 600 });
    const { headers } = await system.call('POST', `/jobs/${id}/cancel`);
    await eventually(
      async () => ((await system.call('DELETE', `/jobs/${id}`)).status === 204 ? true : undefined),
      'the erasure',
    );
    expect(headers['content-type']).toBe('application/json');
    expect((await wait(id)).status).toBe(404);
  });
}
