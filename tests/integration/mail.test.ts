import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type JobMessage, writeMessage } from '../../shared/job/message.ts';
import { submissionMessage } from '../../shared/operations/submit-job.ts';
import { SesStandIn } from '../contract/ses-stand-in.ts';
import { captureConsole } from '../set-ups/captured-console.ts';
import { eventually } from './eventually.ts';
import { type System, startSystem } from './system.ts';

const captured = captureConsole();
let ses: SesStandIn;
let system: System;
beforeAll(async () => {
  ses = await SesStandIn.start();
  system = await startSystem({
    environment: {
      AWS_ENDPOINT_URL_SESV2: ses.endpoint,
      MAIL_FROM: 'jobs@example.com',
      MAIL_TO: 'public=example.org',
      ...{ SETUP: '', WEBHOOK_HOSTS: '', NOTIFY: '', NOTIFY_QUEUE_URL: 'http://127.0.0.1:1/notify' },
    },
  });
  system.start('long');
});
afterAll(async () => {
  await system?.stop();
  await ses?.stop();
  captured.restore();
});
beforeEach(() => {
  ses.taken.length = 0;
  system.table.treat = () => 'pass';
});

const text = 'It is on its way.';
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
  ses.answers.push({ kind: 'error', status: 404, type: 'NotFoundException', message: '' }, { kind: 'reset' });
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
