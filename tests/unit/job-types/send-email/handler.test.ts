import { describe, expect, it, test } from '@jest/globals';
import { sendEmail as contract } from '../../../../job-types/send-email/contract.ts';
import { sendEmail } from '../../../../job-types/send-email/handler.ts';
import type { CheckpointOf } from '../../../../shared/job/handler.ts';
import {
  MailDoubtError,
  MailRefusedError,
  MailThrottledError,
  MailUnavailableError,
} from '../../../../shared/job/mail-ports.ts';
import { InMemoryMailer } from '../../../../testkit/fakes/in-memory-mailer.ts';
import { runJob } from '../../../../testkit/run-job.ts';
import { aJobContext } from '../../../set-ups/job-context.ts';
import { payload, rules, watchedMailing, withMailer } from './mailing.ts';

type State = CheckpointOf<typeof contract>;

const type = { contract, handlerWith: withMailer(sendEmail) };
const accepted = { outcome: 'accepted', messageId: 'm-1' };
const unknown = { outcome: 'unknown' };
const refused = new MailRefusedError('MessageRejected: Email address is not verified.');

/** Runs a job whose mailer fails so often, each time without the mail, or after it was taken. */
async function run(failures: InMemoryMailer['failures'], onDoubt: 'send' | 'leave' = 'leave') {
  const { effects, mails } = watchedMailing({ prepare: (mailer) => mailer.failures.push(...failures) });
  const { status, result, attempts, error } = await runJob(type, { ...payload, onDoubt }, { effects });
  return { status, result, attempts, error: error?.name, sent: mails() };
}
const notTaken = (error: Error) => ({ error, isTaken: false });
const taken = (error: Error) => ({ error, isTaken: true });

describe('a mail that was certainly not sent', () => {
  it.each([new MailThrottledError('Maximum sending rate exceeded'), new MailUnavailableError('refused')])(
    'is sent by a later attempt: %s',
    async (error) => {
      const failures = Array.from({ length: 3 }, () => notTaken(error));
      expect(await run(failures)).toMatchObject({ status: 'succeeded', result: accepted, attempts: 4 });
    },
  );

  it('fails its job at once if SES refuses it', async () => {
    expect(await run([notTaken(refused)])).toMatchObject({
      status: 'failed',
      attempts: 1,
      error: 'MailRefusedError',
      sent: 0,
    });
  });

  it('is sent if the user retries the failed job, since its state says that it was not sent', async () => {
    const states: State[] = [];
    const mailer = new InMemoryMailer();
    mailer.failures.push(notTaken(refused));
    const handler = sendEmail({ mailer, rules });
    const context = (run: number, resume: State | undefined) =>
      aJobContext<State>({
        tenant: rules[0]?.tenant ?? '',
        run,
        resume,
        checkpoint: async (state) => void states.push(state),
      });
    const mail = { ...payload, onDoubt: 'leave' as const };
    await expect(Promise.resolve(handler(mail, context(1, undefined)))).rejects.toBe(refused);
    expect(states.map(({ step }) => step)).toEqual(['ready', 'sending', 'ready']);
    expect(await handler(mail, context(2, states.at(-1)))).toEqual(accepted);
  });
});

describe('a mail in doubt', () => {
  const lost = [new MailDoubtError('no answer'), new Error('an error that nobody thought of')];

  it.each(lost)('is left alone, and told to be unknown: %s', async (error) => {
    expect(await run([taken(error)])).toMatchObject({ result: unknown, attempts: 1, sent: 1 });
    expect(await run([notTaken(error)])).toMatchObject({ result: unknown, attempts: 1, sent: 0 });
  });

  it.each(lost)('is sent again if its user wants that: %s', async (error) => {
    const result = { outcome: 'accepted', messageId: 'm-2' };
    expect(await run([taken(error)], 'send')).toMatchObject({ result, attempts: 2, sent: 2 });
  });

  it('is sent three times at most', async () => {
    const failures = Array.from({ length: 9 }, () => taken(new MailDoubtError('no answer')));
    expect(await run(failures, 'send')).toMatchObject({ result: unknown, attempts: 3, sent: 3 });
  });

  it('stays in doubt, whatever SES says of the next one', async () => {
    const doubt = taken(new MailDoubtError('no answer'));
    expect(await run([doubt, notTaken(refused)], 'send')).toMatchObject({ result: unknown, sent: 1 });
    const throttled = notTaken(new MailThrottledError('slow down'));
    expect(await run([doubt, throttled, doubt, doubt], 'send')).toMatchObject({ result: unknown, sent: 3 });
  });
});

describe('a receiver', () => {
  test('that is suppressed gets no mail', async () => {
    const { effects, mails } = watchedMailing({ prepare: ({ suppressed }) => suppressed.add(payload.to) });
    const { status, result } = await runJob(type, payload, { effects });
    expect({ status, result, sent: mails() }).toEqual({
      status: 'succeeded',
      result: { outcome: 'refused', reason: 'suppressed' },
      sent: 0,
    });
  });

  test('whom the stage does not allow gets no mail', async () => {
    const { effects, mails } = watchedMailing();
    const { result } = await runJob(type, { ...payload, to: 'jane@example.org' }, { effects });
    expect({ result, sent: mails() }).toEqual({
      result: { outcome: 'refused', reason: 'not allowed' },
      sent: 0,
    });
  });

  test('who is suppressed only after a mail in doubt is not told to have got none', async () => {
    const mailer = new InMemoryMailer();
    mailer.suppressed.add(payload.to);
    const job = aJobContext<State>({
      tenant: rules[0]?.tenant ?? '',
      resume: { step: 'sending', doubts: 0 },
    });
    expect(await sendEmail({ mailer, rules })({ ...payload, onDoubt: 'send' }, job)).toEqual(unknown);
  });
});
