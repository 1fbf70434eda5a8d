import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type * as mailers from '../../shared/aws/notify/mailer.ts';
import { problemOfRecipient } from '../../shared/domain/notify/check-recipient.ts';
import {
  isNotSent,
  LookUpRefusedError,
  type Mail,
  MailDoubtError,
  type Mailer,
  MailRefusedError,
  MailThrottledError,
  MailUnavailableError,
} from '../../shared/domain/notify/mail-ports.ts';
import { InMemoryMailer } from '../../testkit/fakes/in-memory-mailer.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { projectDir } from '../project-copy.ts';
import { leanBundle } from './lean/lean-bundle.ts';
import { type Answer, SesStandIn } from './ses-stand-in.ts';
import { describeWithMoto, motoEndpoint } from './shared-services.ts';

/** Bytes that are no text. */
const invoice = {
  name: 'invoice.pdf',
  contentType: 'application/pdf',
  bytes: Buffer.from([0x25, 0, 0xff, 0xfe]),
};
const aMail: Mail = { to: 'jane@example.com', subject: 'Ihre Bestellung ✓', text: 'Hello\nJane' };

/** What every mailer does. @param suppress puts an address on the suppression list; without one, it has none */
function describeMailer(name: string, mailerOf: () => Mailer, suppress?: (address: string) => void): void {
  describe(`${name}: a mailer`, () => {
    test('takes mails, and gives each an id of its own', async () => {
      const mailer = mailerOf();
      const html = { ...aMail, html: '<p>Hello</p>', replyTo: 'shop@example.org', attachments: [invoice] };
      const [one, other] = [await mailer.send(aMail), await mailer.send(html)];
      expect(one.messageId).not.toBe('');
      expect(other.messageId).not.toBe(one.messageId);
    });

    test('sends nothing if the signal is aborted', async () => {
      const mailer = mailerOf();
      await expect(mailer.send(aMail, AbortSignal.abort())).rejects.toThrow();
    });

    (suppress ? test : test.skip)('knows which addresses are suppressed', async () => {
      const mailer = mailerOf();
      suppress?.('gone@example.com');
      expect(await mailer.isSuppressed('gone@example.com')).toBe(true);
      expect(await mailer.isSuppressed('jane@example.com')).toBe(false);
      expect(await mailer.isSuppressed("o'brien+orders@example.com")).toBe(false);
    });
  });
}

const mailerSource = 'shared/aws/notify/mailer.ts';

const from = 'jobs@example.com';
const region = 'eu-central-1';
const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
const run = promisify(execFile);
const mail = { to: 'jane@example.com', subject: 'Your order', text: 'It is on its way.' };
const rejected = 'Email address is not verified. The following identities failed the check: jane@example.com';
const error = (status: number, type: string, message = ''): Answer => ({
  kind: 'error',
  status,
  type,
  message,
});
const thrownBy = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

const fake = new InMemoryMailer();
describeMailer(
  'in memory',
  () => fake,
  (address) => fake.suppressed.add(address),
);

/** Moto takes mails of verified senders alone. */
async function verifySender(): Promise<void> {
  const scope = `${credentials.accessKeyId}/20260101/${region}/ses/aws4_request`;
  await fetch(motoEndpoint, {
    method: 'POST',
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none` },
    body: new URLSearchParams({ Action: 'VerifyEmailIdentity', EmailAddress: from }),
  });
}

const sendOneMail = join(import.meta.dirname, 'send-one-mail.ts');

describe.each([
  ['the SDK', async () => join(projectDir, mailerSource)],
  ['the lean client', (folder: string) => leanBundle(mailerSource, folder)],
])('a mailer on SES by %s', (_by, load) => {
  let folder: string;
  let path: string;
  let sesMailer: typeof mailers.sesMailer;
  let ses: SesStandIn;
  beforeAll(async () => {
    ses = await SesStandIn.start();
    folder = await mkdtemp(join(tmpdir(), 'mailer-'));
    path = await load(folder);
    ({ sesMailer } = await import(path));
    if (motoEndpoint) await verifySender();
  });
  afterAll(async () => {
    await ses?.stop();
    await rm(folder, { recursive: true });
  });

  const mailer = (
    requests: Parameters<typeof sesMailer>[0]['requests'] = {},
    endpoint = ses.endpoint,
    sender = from,
  ) => sesMailer({ from: sender, client: { endpoint, region, credentials }, requests });

  describeMailer(
    'a stand-in',
    () => mailer(),
    (address) => ses.suppressed.add(address),
  );

  // The one of Debian knows neither the suppression list nor the sandbox's rules for receivers.
  describeWithMoto('SES of moto', () => {
    describeMailer('SES of moto', () => mailer({}, motoEndpoint));

    test('refuses a mail whose sender it has not verified', async () => {
      await expect(mailer({}, motoEndpoint, 'nobody@example.net').send(mail)).rejects.toBeInstanceOf(
        MailRefusedError,
      );
    });
  });

  describe('what SES answers', () => {
    beforeEach(() => {
      ses.calls.length = 0;
      ses.taken.length = 0;
      ses.answers.length = 0;
    });

    describe('a mail', () => {
      test('comes to SES with sender, receiver, subject and both bodies, and the address to reply to', async () => {
        await mailer().send({ ...mail, html: '<p>It is on its way.</p>', replyTo: 'shop@example.org' });
        expect(ses.taken).toEqual([
          {
            FromEmailAddress: from,
            Destination: { ToAddresses: [mail.to] },
            ReplyToAddresses: ['shop@example.org'],
            Content: {
              Simple: {
                Subject: { Data: mail.subject, Charset: 'UTF-8' },
                Body: {
                  Text: { Data: mail.text, Charset: 'UTF-8' },
                  Html: { Data: '<p>It is on its way.</p>', Charset: 'UTF-8' },
                },
              },
            },
          },
        ]);
      });

      test('comes with its attachments as base64, of which SES is told so', async () => {
        const attachments = [invoice, { name: 'notes.txt', bytes: Buffer.from('Hello') }];
        await mailer().send({ ...mail, attachments });
        expect(ses.taken).toMatchObject([
          {
            Content: {
              Simple: {
                Attachments: [
                  {
                    FileName: 'invoice.pdf',
                    ContentType: 'application/pdf',
                    ContentTransferEncoding: 'BASE64',
                    RawContent: invoice.bytes.toString('base64'),
                  },
                  { FileName: 'notes.txt', ContentTransferEncoding: 'BASE64', RawContent: 'SGVsbG8=' },
                ],
              },
            },
          },
        ]);
      });

      test('is sent on a connection of its own: one that was kept open may be closed while Lambda stands still', async () => {
        await mailer().send(mail);
        expect([...ses.connections]).toEqual(['close']);
      });

      test.each([
        [error(400, 'MessageRejected', rejected), MailRefusedError],
        [error(400, 'MailFromDomainNotVerifiedException'), MailRefusedError],
        [error(400, 'AccountSuspendedException'), MailRefusedError],
        [error(400, 'SendingPausedException'), MailRefusedError],
        [error(400, 'BadRequestException', 'Missing final @domain'), MailRefusedError],
        [error(404, 'NotFoundException', 'Configuration set <none> does not exist'), MailRefusedError],
        // A right may be seconds late, a clock wrong, a proxy in between: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html
        [error(403, 'AccessDeniedException', 'is not authorized: ses:SendEmail'), MailUnavailableError],
        [error(403, 'SignatureDoesNotMatch'), MailUnavailableError],
        [error(400, 'InvalidSignatureException'), MailUnavailableError],
        [error(400, 'AnErrorOfTomorrowException'), MailRefusedError],
        [error(429, 'TooManyRequestsException', 'Too many requests'), MailThrottledError],
        [error(400, 'ThrottlingException', 'Daily message quota exceeded'), MailThrottledError],
        [error(400, 'Throttling', 'Maximum sending rate exceeded.'), MailThrottledError],
        [error(400, 'LimitExceededException'), MailThrottledError],
        [error(429, 'AnErrorOfTomorrowException'), MailThrottledError],
        [error(403, 'ExpiredTokenException'), MailUnavailableError],
      ])('is not sent, and SES is asked once, after %j', async (answer, kind) => {
        ses.answers.push(answer);
        const thrown = await thrownBy(mailer().send(mail));
        expect(thrown).toBeInstanceOf(kind);
        expect(isNotSent(thrown)).toBe(true);
        if (answer.kind === 'error') {
          expect(String(thrown)).toContain(answer.type);
          expect(String(thrown)).toContain(answer.message);
        }
        expect({ taken: ses.taken.length, calls: ses.calls.length }).toEqual({ taken: 0, calls: 1 });
      });

      test('is not sent, and may be later, after the page of a proxy with 403', async () => {
        ses.answers.push({ kind: 'text', status: 403, text: '<html>a proxy</html>' });
        expect(await thrownBy(mailer().send(mail))).toBeInstanceOf(MailUnavailableError);
        expect(ses.calls).toHaveLength(1);
      });

      test.each<Answer>([
        error(500, 'InternalServiceErrorException'),
        error(503, 'ThrottlingException'),
        { kind: 'text', status: 502, text: '<html>Bad Gateway</html>' },
        { kind: 'text', status: 200, text: 'no JSON' },
        { kind: 'text', status: 200, text: '{}' },
        { kind: 'text', status: 200, text: '' },
        { kind: 'text', status: 302, text: '' },
        { kind: 'reset' },
        { kind: 'half' },
        { kind: 'hang' },
      ])('is in doubt, and SES is asked once, after %j', async (answer) => {
        ses.answers.push(answer);
        const thrown = await thrownBy(mailer({ requestTimeout: 300 }).send(mail));
        expect(thrown).toBeInstanceOf(MailDoubtError);
        expect(isNotSent(thrown)).toBe(false);
        expect(ses.calls).toHaveLength(1);
      });

      test('is in doubt if the job is told to stop while SES has it', async () => {
        ses.answers.push({ kind: 'hang' });
        const controller = new AbortController();
        const sending = thrownBy(mailer().send(mail, controller.signal));
        while (ses.taken.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        controller.abort();
        expect(isNotSent(await sending)).toBe(false);
      });
    });

    describe('without a connection', () => {
      // In a process of its own: the SDK does not recognize the errors of Node.js in the realm of jest.
      test.each([
        ['nobody listens', 'http://127.0.0.1:1'],
        ['there is no such name', 'http://ses.invalid'],
        ['there is no answer to the look-up of its name', 'http://silent.example'],
      ])('a mail is certainly not sent: %s', async (_what, endpoint) => {
        const { stdout } = await run(process.execPath, [sendOneMail, path, endpoint]);
        expect(stdout).toMatch(/^MailUnavailableError: SES: /);
      });

      test('with one that breaks, it is in doubt, in such a process too', async () => {
        ses.answers.push({ kind: 'reset' });
        const { stdout } = await run(process.execPath, [sendOneMail, path, ses.endpoint]);
        expect(stdout).toMatch(/^MailDoubtError: SES: .*(ECONNRESET|socket hang up)/);
        expect(ses.calls).toHaveLength(1);
      });
    });

    describe('a look-up of a suppressed address', () => {
      test.each([
        [error(404, 'NotFoundException'), false],
        [error(429, 'TooManyRequestsException'), MailThrottledError],
        [error(403, 'AccessDeniedException'), MailUnavailableError],
        [error(400, 'BadRequestException'), LookUpRefusedError],
        [error(400, 'ThrottlingException'), MailThrottledError],
        [error(400, 'InvalidSignatureException'), MailUnavailableError],
        [error(404, 'AnErrorOfTomorrowException'), MailRefusedError],
        [error(500, 'InternalServiceErrorException'), MailUnavailableError],
      ])('comes to its end after %j', async (answer, end) => {
        ses.answers.push(answer);
        const looked = mailer().isSuppressed('jane@example.com');
        if (typeof end === 'boolean') expect(await looked).toBe(end);
        else await expect(looked).rejects.toBeInstanceOf(end);
      });

      test('that is refused with 400 leaves it to the send, and a line in the log', async () => {
        ses.answers.push(error(400, 'BadRequestException'));
        const log = recordedLog();
        const sending = { mailer: mailer(), log };
        expect(await problemOfRecipient({ to: mail.to, places: ['example.com'] }, sending)).toBeUndefined();
        await sending.mailer.send(mail);
        expect(ses.taken).toHaveLength(1);
        expect(log.lines).toMatchObject([{ level: 'warn', message: 'suppression list refuses look-ups' }]);
      });

      test('that is not answered is no doubt: it only reads', async () => {
        ses.answers.push({ kind: 'hang' });
        const looked = mailer({ requestTimeout: 300 }).isSuppressed('jane@example.com');
        await expect(looked).rejects.toBeInstanceOf(MailUnavailableError);
      });
    });
  });
});
