import { setTimeout } from 'node:timers/promises';
import { beforeAll, expect, test } from '@jest/globals';
import { wakePaused } from '../../shared/admission/wake-paused.ts';
import { systemClock } from '../../shared/aws/clients/clients.ts';
import { sqsPointerQueue } from '../../shared/aws/queues/pointer-queue.ts';
import { dynamoDbDueList } from '../../shared/aws/records/due-list.ts';
import { dynamoDbJobStore } from '../../shared/aws/records/job-store.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { pausesIn } from '../../shared/domain/state/limits/pauses.ts';
import { maxPausesAgeMs } from '../../shared/domain/state/limits/recent-pauses.ts';
import { type PauseResponse, pauseList } from '../../shared/http/responses/pause-response.ts';
import { submitAllResponse } from '../../shared/http/responses/submit-all-response.ts';
import { problem } from '../../shared/http/wire/respond.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { eventually } from './eventually.ts';
import { useHolds } from './holds.ts';
import type { System } from './system.ts';
import { expectOneAfterTheOther, expectOneEnd } from './times.ts';

let system: System;

const jobs = 40;
/** So long after the pause, nothing starts any more. */
const holdsAfterMs = 5_000;

const pause = (name: string) => system.call('POST', '/pauses', { body: JSON.stringify({ name }) });
const resume = (name: string) => system.call('DELETE', `/pauses/${encodeURIComponent(name)}`);
const submit = (seconds: number, group?: string) =>
  system.request({ type: 'counting', payload: { seconds }, ...(group === undefined ? {} : { group }) });
const submitHeld = (heldBy: string) => system.submit('counting', { seconds: 1, heldBy });
const isRunning = (id: string) =>
  eventually(async () => (await system.get(id)).status === 'running' || undefined, `${id} to run`);

/** What the function `overdue` does every five minutes. */
function look(): Promise<void> {
  const { dynamoDb, sqs, env } = system.aws;
  return wakePaused(Date.now() + 50_000, {
    store: dynamoDbJobStore(dynamoDb, env),
    due: dynamoDbDueList(dynamoDb, env),
    pauses: pausesIn(dynamoDbRecords(dynamoDb, env)),
    pointers: sqsPointerQueue(sqs, env),
    clock: systemClock,
    log: recordedLog(),
  });
}

export function describePauses(running: () => System): void {
  const hold = useHolds();
  beforeAll(() => {
    system = running();
    system.start();
  });

  test('of a paused type nothing starts; what runs ends; no attempt is used; after the resume all end, in order', async () => {
    const { heldBy, release } = hold();
    const runs = await submitHeld(heldBy);
    await isRunning(runs.id);
    expect((await pause('type:counting')).status).toBe(200);
    const pausedAt = Date.now();
    await setTimeout(maxPausesAgeMs);
    const held = await Promise.all(Array.from({ length: jobs }, () => submit(0)));
    const grouped = [await submit(0, 'paused'), await submit(0, 'paused'), await submit(0, 'paused')];
    for (const { id } of [...held, ...grouped.slice(0, 1)])
      await eventually(async () => {
        const { waitReason, attempt } = await system.get(id);
        if (!waitReason?.startsWith('paused: type:counting')) return undefined;
        expect(attempt).toBe(0);
        return true;
      }, `${id} to be paused`);
    await release();
    expect(await system.finished(runs.id)).toMatchObject({ status: 'succeeded', attempt: 1 });
    await look();
    expect((await system.call('GET', '/pauses')).body).toContain('"active":true');

    expect((await resume('type:counting')).status).toBe(200);
    await look();
    const all = await Promise.all([...held, ...grouped].map(({ id }) => system.finished(id)));
    for (const job of all) {
      expect(job.status).toBe('succeeded');
      expectOneEnd(job);
      expect(Date.parse(job.startedAt ?? '')).toBeGreaterThan(pausedAt + holdsAfterMs - maxPausesAgeMs);
    }
    expectOneAfterTheOther(all.slice(jobs));
  });

  test('what is not paused cannot be resumed, and what is not there cannot be paused', async () => {
    expect((await resume('queue:long')).status).toBe(404);
    const answer = await pause('type:no-such-type');
    expect([answer.status, JSON.parse(answer.body).errors]).toMatchObject([400, [{ pointer: '/name' }]]);
    const { items } = pauseList.parse(JSON.parse((await system.call('GET', '/pauses')).body));
    expect(items.map(({ name, active }: PauseResponse) => [name, active])).toEqual([
      ['type:counting', false],
    ]);
  });

  test('a pause may refuse submissions: 503 that names it, with when to come again; what was accepted is answered', async () => {
    const job = { type: 'counting', payload: { seconds: 0 } };
    const json = { 'content-type': 'application/json' };
    const send = (key: string) =>
      system.call('POST', '/jobs', {
        headers: { ...json, 'idempotency-key': `"${key}"` },
        body: JSON.stringify(job),
      });
    const accepted = await send('before the pause');
    // The test ends the pause.
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const refusing = { name: 'type:counting', until, submissions: 'refuse' };
    expect((await system.call('POST', '/pauses', { body: JSON.stringify(refusing) })).status).toBe(200);
    // The process may have read the pauses before that.
    const refused = await eventually(async () => {
      const answer = await send(`after the pause, ${Date.now()}`);
      return answer.status === 503 ? answer : undefined;
    }, 'submissions to be refused');
    const { type, pause: named } = problem.parse(JSON.parse(refused.body));
    const seconds = Number(refused.headers['retry-after']);
    expect([type, named]).toEqual([
      '/problems/submissions-paused',
      { name: 'type:counting', until, retryAfterSeconds: seconds },
    ]);
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThanOrEqual(3_600);
    const replayed = await send('before the pause');
    expect([replayed.status, replayed.headers['idempotent-replayed']]).toEqual([202, 'true']);
    expect(JSON.parse(replayed.body).id).toBe(JSON.parse(accepted.body).id);
    const others = [job, { type: 'csv-sums', payload: { csv: 'a\n1', groupBy: 'a', metrics: [] } }, job];
    const { items } = await eventually(async () => {
      const { body } = await system.call('POST', '/jobs/batch', { body: JSON.stringify({ jobs: others }) });
      const answer = submitAllResponse.parse(JSON.parse(body));
      return answer.items[0]?.status === 503 ? answer : undefined;
    }, 'the jobs of a batch to be refused');
    expect(items.map(({ status }) => status)).toEqual([503, expect.any(Number), 503]);
    expect(items[1]?.status).not.toBe(503);
    await resume('type:counting');
    await eventually(async () => {
      const { status } = await send(`after the resume, ${Date.now()}`);
      return status === 202 || undefined;
    }, 'submissions to be accepted');
  });

  test('a paused job is canceled at once', async () => {
    await pause('stage');
    await setTimeout(maxPausesAgeMs);
    const { id } = await submit(0);
    await eventually(async () => (await system.get(id)).waitReason !== undefined || undefined, 'the pause');
    expect((await system.call('POST', `/jobs/${id}/cancel`)).status).toBe(200);
    expect(await system.get(id)).toMatchObject({ status: 'canceled', attempt: 0 });
    await resume('stage');
    await setTimeout(maxPausesAgeMs);
  });
}
