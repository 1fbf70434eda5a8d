import { expect, test } from '@jest/globals';
import { sendMail } from '../../../../functions/notify/send-mail.ts';
import {
  MailDoubtError,
  MailRefusedError,
  MailThrottledError,
  MailUnavailableError,
} from '../../../../shared/job/mail-ports.ts';
import { readMailRules } from '../../../../shared/job/mail-rules.ts';
import { InMemoryMailer } from '../../../../testkit/fakes/in-memory-mailer.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';

/** Sends a mail to an address. The next call of the mailer fails, if it should. */
async function send({ to = 'ada@example.com', error = undefined as Error | undefined } = {}) {
  const mailer = new InMemoryMailer();
  mailer.suppressed.add('gone@example.com');
  if (error) mailer.failures.push({ error, isTaken: false });
  const mail = { tenant: 'acme', id: 'an end', to, subject: 'a subject', text: 'a text' };
  const { rules } = readMailRules('acme=example.com');
  const log = recordedLog();
  return { attempt: await sendMail(mail, { mailer, rules, log }), sent: mailer.sent, log };
}

test('a mail is sent', async () => {
  const { attempt, sent } = await send();
  expect(attempt).toEqual({ kind: 'delivered' });
  expect(sent).toEqual([{ to: 'ada@example.com', subject: 'a subject', text: 'a text' }]);
});

test.each([
  ['that the stage does not allow', 'ada@other.example', 'the stage does not allow mail to this address'],
  ['that is suppressed', 'gone@example.com', 'the mail service does not deliver to this address'],
])('no mail is sent to an address %s', async (_what, to, why) => {
  const { attempt, sent } = await send({ to });
  expect(attempt).toEqual({ kind: 'refused', why });
  expect(sent).toEqual([]);
});

test.each([
  ['MailThrottledError', new MailThrottledError('no'), 'failed', 'the mail service takes no more for now'],
  ['MailUnavailableError', new MailUnavailableError('no'), 'failed', 'the mail service could not be reached'],
  ['MailRefusedError', new MailRefusedError('no'), 'impossible', 'the mail service refused the mail'],
  ['MailDoubtError', new MailDoubtError('no'), 'impossible', 'nobody knows whether the mail was sent'],
  ['TypeError', new TypeError('no'), 'impossible', 'nobody knows whether the mail was sent'],
])('after %s the attempt has its meaning', async (_name, error, kind, why) => {
  const { attempt, log } = await send({ error });
  expect(attempt).toEqual({ kind, why });
  expect(log.lines).toMatchObject([{ level: 'warn', fields: { error } }]);
});
