import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { type JobMessage, writeMessage } from '../../shared/domain/state/job/message.ts';
import { submissionMessage } from '../../shared/operations/submit/submit-job.ts';
import { SesStandIn } from '../contract/ses-stand-in.ts';
import { aTenantEntry } from '../set-ups/access.ts';
import { captureConsole } from '../set-ups/captured-console.ts';
import { type JsonRequest, type JsonServer, startJsonServer } from '../stand-ins/json-server.ts';
import { eventually } from './eventually.ts';
import { type System, startSystem } from './system.ts';

const captured = captureConsole();
/** What the report service was asked to render, by its id, and how often it was asked how far that is. */
const reports = new Map<string, { readonly reference: string; looks: number; isCanceled?: true }>();
/** No report is done. */
let isSlow = false;
let ses: SesStandIn;
let reportService: JsonServer;
let system: System;
beforeAll(async () => {
  ses = await SesStandIn.start();
  reportService = await startJsonServer(reportAnswer);
  system = await startSystem({
    environment: {
      AWS_ENDPOINT_URL_SESV2: ses.endpoint,
      MAIL_FROM: 'jobs@example.com',
      REPORTS: reportService.endpoint,
      SETUP: 'reports',
      ...{ WEBHOOK_HOSTS: '', NOTIFY: '' },
    },
  });
  await system.aws.putAccess(aTenantEntry('public', ['example.org']));
  system.start();
});
afterAll(async () => {
  await system?.stop();
  await reportService?.stop();
  await ses?.stop();
  captured.restore();
});

const text = 'It is on its way.';

describe('mail', () => {
  beforeEach(() => {
    ses.taken.length = 0;
  });
  afterEach(() => system.table.reset());

  let count = 0;
  const aMail = (over: object = {}): JobMessage => {
    count += 1;
    const id = `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`;
    const payload = { to: 'jane@example.org', subject: 'Your order', text, ...over };
    return submissionMessage(
      { tenant: 'public', type: 'send-email', payload, maxAttempts: 60 },
      { id, fingerprint: `fingerprint of ${id}`, now: Date.now() },
    );
  };
  const resultOf = async (message: JobMessage): Promise<unknown> => {
    await system.send(writeMessage(message), 'long');
    await eventually(async () => {
      const { status } = await system.call('GET', `/jobs/${message.id}`);
      return status === 200 ? status : undefined;
    }, 'the job to be claimed');
    return (await system.finished(message.id)).result;
  };

  test('a mail is sent once, and its job has the id that SES gave it', async () => {
    expect(await resultOf(aMail())).toEqual({ outcome: 'accepted', messageId: 'id-1' });
    expect(ses.taken).toEqual([
      expect.objectContaining({
        FromEmailAddress: 'jobs@example.com',
        Destination: { ToAddresses: ['jane@example.org'] },
      }),
    ]);
  });

  test('a mail to an address that the stage does not allow, or SES suppresses, is refused', async () => {
    ses.suppressed.add('gone@example.org');
    expect(await resultOf(aMail({ to: 'gone@example.org' }))).toEqual({
      outcome: 'refused',
      reason: 'suppressed',
    });
    expect(await resultOf(aMail({ to: 'jane@example.net' }))).toEqual({
      outcome: 'refused',
      reason: 'not allowed',
    });
    expect(ses.taken).toEqual([]);
  });

  test('a mail that SES throttles is sent by a later attempt', async () => {
    const message = 'Maximum sending rate exceeded';
    // The look-up, the mail.
    ses.answers.push(
      { kind: 'error', status: 404, type: 'NotFoundException', message: '' },
      { kind: 'error', status: 429, type: 'TooManyRequestsException', message },
    );
    const mail = aMail();
    expect(await resultOf(mail)).toEqual({ outcome: 'accepted', messageId: 'id-1' });
    const { history } = await system.get(mail.id);
    expect(history.map(({ event }) => event)).toEqual(['started', 'retrying', 'started', 'succeeded']);
    expect(JSON.stringify(history)).toContain(message);
  });

  test('a mail whose answer is lost is not sent again', async () => {
    ses.answers.push(
      { kind: 'error', status: 404, type: 'NotFoundException', message: '' },
      { kind: 'reset' },
    );
    expect(await resultOf(aMail())).toEqual({ outcome: 'unknown' });
    expect(ses.taken).toHaveLength(1);
  });

  test('a mail is not sent again by who takes over a worker that could not store that it was sent', async () => {
    let refused = 0;
    system.table.treat = (_operation, body) => {
      if (!body.includes('messageId')) return 'pass';
      refused += 1;
      return 'refuse';
    };
    expect(await resultOf(aMail())).toEqual({ outcome: 'unknown' });
    expect(ses.taken).toHaveLength(1);
    expect(refused).toBeGreaterThan(0);
  });

  test('the log says that a mail was in doubt, and nothing of what is in it', () => {
    const log = captured.lines.join('\n');
    expect(log).toContain('mail in doubt');
    expect(log).not.toContain(text);
  });
});

/** It speaks as the adapter of render-report expects. */
function reportAnswer({ method, path, query, body }: JsonRequest) {
  const shownOf = (id: string) => {
    const { looks = 0, isCanceled } = reports.get(id) ?? {};
    // The first look finds none that is done.
    const isDone = looks > 1 && !isSlow;
    const state = isCanceled ? 'canceled' : isDone ? 'done' : 'rendering';
    return { id, state, ...(state === 'done' ? { url: `https://reports.example.com/${id}` } : {}) };
  };
  const id = path.slice(1);
  if (method === 'POST') {
    const { reference } = z.object({ reference: z.string() }).parse(body);
    const made = `r${reports.size + 1}`;
    reports.set(made, { reference, looks: 0 });
    return { status: 201, body: shownOf(made) };
  }
  if (query.has('reference')) {
    const found = [...reports].filter(([, each]) => each.reference === query.get('reference'));
    return { status: 200, body: found.map(([made]) => shownOf(made)) };
  }
  const known = reports.get(id);
  if (method === 'DELETE' && known) known.isCanceled = true;
  if (method === 'GET' && known) known.looks += 1;
  return known ? { status: 200, body: shownOf(id) } : { status: 404, body: {} };
}

describe('a job that another service does, and what is not set up', () => {
  const submit = () => system.submit('render-report', { month: '2026-10' });

  test('has one report rendered, while no function runs', async () => {
    const before = reports.size;
    const { id } = await submit();
    const job = await system.finished(id);
    const url = expect.stringMatching(/^https:\/\/reports.example.com\/r\d+$/);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 1, result: { url } });
    expect(job.slices).toBeGreaterThan(0);
    expect(reports.size).toBe(before + 1);
    await system.drained('long');
  });

  test('a cancel while it sleeps ends what the service does, before the job is canceled', async () => {
    isSlow = true;
    const { id } = await submit();
    await eventually(
      async () => ((await system.get(id)).status === 'waiting' ? true : undefined),
      'it to sleep',
    );
    await system.call('POST', `/jobs/${id}/cancel`);
    const job = await system.finished(id);
    expect(job.status).toBe('canceled');
    expect([...reports.values()].at(-1)?.isCanceled).toBe(true);
    await system.drained('long');
  });

  test('a job of a service that the stage has not set up is refused', async () => {
    const payload = { to: 'jane@example.org', subject: 'Your order', text };
    const body = JSON.stringify({ type: 'send-email', payload });
    const answer = await system.call('POST', '/jobs', { body });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.body).toContain('it has no mailFrom');
  });
});
