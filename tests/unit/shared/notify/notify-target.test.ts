import { describe, expect, test } from '@jest/globals';
import { EventNotTakenError, StoreUnavailableError } from '../../../../shared/domain/base/errors.ts';
import {
  LookUpRefusedError,
  MailDoubtError,
  MailRefusedError,
  MailThrottledError,
  MailUnavailableError,
} from '../../../../shared/domain/notify/mail-ports.ts';
import type { EventBus } from '../../../../shared/domain/notify/ports.ts';
import type { JobEndMail } from '../../../../shared/notify/job-end-mail.ts';
import { notifyTarget } from '../../../../shared/notify/notify-target.ts';
import { sendEvent } from '../../../../shared/notify/send-event.ts';
import { sendMail } from '../../../../shared/notify/send-mail.ts';
import { InMemoryMailer } from '../../../../testkit/fakes/in-memory-mailer.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';
import { aNotification, hook } from '../../../set-ups/notify.ts';
import { jobId } from '../../../set-ups/samples.ts';
import { aDoor } from '../../../set-ups/tenant-door.ts';

const delivered = { kind: 'delivered' } as const;

/** Tells a target by channels that record what they were asked for. */
async function notify(target: Parameters<typeof aNotification>[0] = {}, sendsMail = true) {
  const asked: unknown[] = [];
  const attempt = await notifyTarget({
    webhook: async (_message, address) => {
      asked.push(['webhook', address]);
      return delivered;
    },
    event: async () => {
      asked.push(['event']);
      return delivered;
    },
    ...(sendsMail
      ? {
          mail: async (mail: JobEndMail) => {
            asked.push(['mail', mail]);
            return delivered;
          },
        }
      : {}),
  })(aNotification(target));
  return { attempt, asked };
}

describe('tell target', () => {
  test('each kind of target is notified by its channel alone', async () => {
    expect(await notify({ target: { url: hook } })).toEqual({
      attempt: delivered,
      asked: [['webhook', hook]],
    });
    expect(await notify({ target: { event: true } })).toEqual({ attempt: delivered, asked: [['event']] });
  });

  test('a mail says what has ended, and how, under the id that every target is notified', async () => {
    const { asked } = await notify({ target: { email: 'a@example.com' }, tags: ['a', 'b'] });
    expect(asked).toEqual([
      [
        'mail',
        {
          tenant: 'a tenant',
          to: 'a@example.com',
          subject: 'Job counting has failed',
          text: [
            `The job ${jobId} of the type counting has failed.`,
            '',
            'Submitted: 2026-01-02T03:04:04.678Z',
            'Ended: 2026-01-02T03:04:05.178Z',
            'Tags: a, b',
            'Error: Error: no',
            '',
            `Notification: ${jobId}_1_failed`,
            '',
          ].join('\n'),
        },
      ],
    ]);
  });

  test('without a mailer a mail is impossible', async () => {
    expect(await notify({ target: { email: 'a@example.com' } }, false)).toEqual({
      attempt: { kind: 'impossible', why: 'this stage sends no mail' },
      asked: [],
    });
  });
});

const message = aNotification({ target: { event: true }, tags: ['nightly'] });
type BusEvent = Parameters<EventBus['put']>[0];

describe('send event', () => {
  test('an event is put on the bus, shaped as CloudEvents has it, with the tenant', async () => {
    const put: BusEvent[] = [];
    const bus: EventBus = { put: async (event) => void put.push(event) };
    expect(await sendEvent(message, { bus, stage: 'prod' })).toEqual({ kind: 'delivered' });
    expect(put).toEqual([
      {
        source: 'job-worker',
        detailType: 'Job failed',
        time: message.finishedAt,
        detail: {
          specversion: '1.0',
          id: `${jobId}_1_failed`,
          source: '/job-worker/prod',
          type: 'job.failed',
          subject: jobId,
          time: '2026-01-02T03:04:05.178Z',
          datacontenttype: 'application/json',
          data: {
            tenant: 'a tenant',
            id: jobId,
            type: 'counting',
            run: 1,
            status: 'failed',
            createdAt: '2026-01-02T03:04:04.678Z',
            finishedAt: '2026-01-02T03:04:05.178Z',
            tags: ['nightly'],
            error: { name: 'Error', message: 'no' },
          },
        },
      },
    ]);
  });

  test('an event that the bus does not take is tried again', async () => {
    const bus: EventBus = {
      put: async () => {
        throw new EventNotTakenError('EventBridge: ThrottlingException');
      },
    };
    const attempt = await sendEvent(message, { bus, stage: 'prod' });
    expect(attempt).toEqual({ kind: 'failed', why: 'EventBridge: ThrottlingException' });
  });

  test('a mistake of ours is no failure of the bus', async () => {
    const bus: EventBus = {
      put: async () => {
        throw new TypeError('no');
      },
    };
    await expect(sendEvent(message, { bus, stage: 'prod' })).rejects.toThrow(TypeError);
  });

  test('without a bus an event is impossible', async () => {
    const attempt = await sendEvent(message, { bus: undefined, stage: 'prod' });
    expect(attempt).toEqual({ kind: 'impossible', why: 'this stage has no event bus' });
  });
});

const mail = { tenant: 'acme', id: 'an end', subject: 'a subject', text: 'a text' };
/** Sends a mail to an address. The next call of the mailer fails, if it should. */
const placesOf = async (tenant: string) => (tenant === 'acme' ? ['example.com'] : []);

async function send({ to = 'ada@example.com', error = undefined as Error | undefined } = {}) {
  const mailer = new InMemoryMailer();
  mailer.suppressed.add('gone@example.com');
  if (error) mailer.failures.push({ error, isTaken: false });
  const log = recordedLog();
  return {
    attempt: await sendMail({ ...mail, to }, { mailer, placesOf, log, door: aDoor().door }),
    sent: mailer.sent,
    log,
  };
}

describe('send mail', () => {
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

  test('a mail is sent, with a line in the log, if the mail service refuses look-ups', async () => {
    const [mailer, log] = [new InMemoryMailer(), recordedLog()];
    mailer.lookUpError = new LookUpRefusedError('no');
    const to = 'ada@example.com';
    const attempt = await sendMail({ ...mail, to }, { mailer, placesOf, log, door: aDoor().door });
    expect([attempt.kind, mailer.sent.length]).toEqual(['delivered', 1]);
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { error: mailer.lookUpError } }]);
  });

  test('a mail above the limit of its tenant fails, and is tried again when there is room', async () => {
    const { door, clock } = aDoor({ mailsPerDay: 2 });
    const mailer = new InMemoryMailer();
    const sendTo = (to: string) => sendMail({ ...mail, to }, { mailer, placesOf, log: recordedLog(), door });
    for (const to of ['ada@example.com', 'ada@other.example', 'ada@example.com']) await sendTo(to);
    expect(await sendTo('ada@example.com')).toEqual({
      kind: 'failed',
      why: 'the tenant has used up its limit mailsPerDay, which is 2',
      retryAfterSeconds: 43_200,
    });
    await clock.advance(43_200_000);
    expect(await sendTo('ada@example.com')).toEqual({ kind: 'delivered' });
    expect(mailer.sent).toHaveLength(3);
  });

  test('an outage of the table is no attempt: neither sent, nor refused', async () => {
    const [mailer, log] = [new InMemoryMailer(), recordedLog()];
    const placesOf = () => Promise.reject(new StoreUnavailableError('down'));
    const sending = sendMail(
      { ...mail, to: 'ada@example.com' },
      { mailer, placesOf, log, door: aDoor().door },
    );
    await expect(sending).rejects.toThrow(StoreUnavailableError);
    expect(mailer.sent).toEqual([]);
  });

  test.each([
    ['MailThrottledError', new MailThrottledError('no'), 'failed', 'the mail service takes no more for now'],
    [
      'MailUnavailableError',
      new MailUnavailableError('no'),
      'failed',
      'the mail service could not be reached',
    ],
    ['MailRefusedError', new MailRefusedError('no'), 'impossible', 'the mail service refused the mail'],
    ['MailDoubtError', new MailDoubtError('no'), 'impossible', 'nobody knows whether the mail was sent'],
    ['TypeError', new TypeError('no'), 'impossible', 'nobody knows whether the mail was sent'],
  ])('after %s the attempt has its meaning', async (_name, error, kind, why) => {
    const { attempt, log } = await send({ error });
    expect(attempt).toEqual({ kind, why });
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { error } }]);
  });
});
