import { describe, expect, it, test } from '@jest/globals';
import * as z from 'zod/v4/core';
import { sendEmail as contract } from '../../../../job-types/send-email/contract.ts';
import { type Mailing, sendEmail } from '../../../../job-types/send-email/handler.ts';
import type { CheckpointOf, JobHandler } from '../../../../shared/author/handler.ts';
import { RetryAfterError, StoreUnavailableError } from '../../../../shared/domain/base/errors.ts';
import { maxAttachmentBytes } from '../../../../shared/domain/notify/attachment-rules.ts';
import {
  LookUpRefusedError,
  type Mail,
  MailDoubtError,
  MailRefusedError,
  MailThrottledError,
  MailUnavailableError,
} from '../../../../shared/domain/notify/mail-ports.ts';
import { MissingObjectError } from '../../../../shared/domain/objects/object-errors.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { anyNumber, atLeastOnce, once } from '../../../../testkit/effects.ts';
import { InMemoryMailer } from '../../../../testkit/fakes/in-memory-mailer.ts';
import { tenant, uploadedObject } from '../../../../testkit/objects.ts';
import type { JobTestError } from '../../../../testkit/report.ts';
import { runJob } from '../../../../testkit/run-job.ts';
import { aJobContext } from '../../../set-ups/job-context.ts';
import { aDoor } from '../../../set-ups/tenant-door.ts';

const payload = { to: 'jane@example.com', subject: 'Your order', text: 'It is on its way.' };
const placesOf = async (of: string) => (of === tenant ? ['example.com'] : []);

/** A type's handler as the kit makes it, of the effects. */
const withMailer =
  <Handler>(handler: (mailing: Mailing) => Handler) =>
  (mailer: Mailing['mailer']): Handler =>
    handler({ mailer, placesOf, door: aDoor().door });

interface WatchedMailing {
  /** Whether a mail may be sent more than once. */
  readonly mayRepeat?: boolean;
  readonly prepare?: (mailer: InMemoryMailer) => void;
}

/**
 * The mailer as effects of the kit, a new one for each run, and a judge of what the last run told its user: who is told
 * that the mail was accepted has a mail of this id, and who is told that it was refused has none.
 */
function watchedMailing({ mayRepeat = false, prepare }: WatchedMailing = {}) {
  let mailer = new InMemoryMailer();
  const send = (mail: Mail, signal?: AbortSignal) => mailer.send(mail, signal);
  return {
    effects: () => {
      mailer = new InMemoryMailer();
      prepare?.(mailer);
      return {
        send: mayRepeat ? atLeastOnce(send) : once(send),
        isSuppressed: anyNumber((address: string, signal?: AbortSignal) =>
          mailer.isSuppressed(address, signal),
        ),
      };
    },
    mails: () => mailer.sent.length,
    sent: () => mailer.sent,
    isTrue: (result: unknown): boolean => {
      const seen = { outcome: '', messageId: '', ...Object(result) };
      if (seen.outcome === 'accepted')
        return mailer.sent.length > 0 && seen.messageId === `m-${mailer.sent.length}`;
      return seen.outcome === 'unknown' || (seen.outcome === 'refused' && mailer.sent.length === 0);
    },
  };
}

const mail = {
  to: 'jane@example.com',
  subject: 'Your order ✓ ist unterwegs',
  text: 'Hello\n\nit is on its way.\n',
};

const problemsOf = (over: object): readonly string[] => {
  const { error } = z.safeParse(contract.payload, { ...mail, ...over });
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
};

describe('a submission', () => {
  it('leaves a mail in doubt alone unless it says otherwise', () => {
    expect(z.parse(contract.payload, mail)).toEqual({ ...mail, onDoubt: 'leave', attachments: [] });
  });

  it.each([
    { html: '<p>Hello</p>', replyTo: 'shop@example.org', onDoubt: 'send' },
    { subject: '👩‍👩‍👧 عربى 日本語' },
    { subject: 'x'.repeat(250), text: 'x'.repeat(100_000) },
  ])('is accepted: %j', (over) => {
    expect(problemsOf(over)).toEqual([]);
  });

  const breaks = ['\r\n', '\n', '\r', '\u0000', '\u0085', '\u2028', '\u2029', '\u000b', '\u000c', '\u007f'];

  it.each(breaks)('cannot put another header behind the subject with %j', (character) => {
    expect(problemsOf({ subject: `Hello${character}Bcc: evil@evil.example` })).toEqual([
      'subject: must not have line breaks or other control characters',
    ]);
  });

  it.each(breaks)('cannot put another header behind an address with %j', (character) => {
    for (const field of ['to', 'replyTo'])
      expect(problemsOf({ [field]: `jane@example.com${character}Bcc: evil@evil.example` })).toEqual([
        `${field}: must be a plain address, such as jane@example.com, without a name or a line break`,
      ]);
  });

  it.each([
    { to: ['jane@example.com', 'joe@example.com'] },
    { to: 'jane@example.com, joe@example.com' },
    { to: 'evil@evil.example@example.com' },
    { to: `${'j'.repeat(300)}@example.com` },
    { from: 'boss@example.com' },
    { cc: 'joe@example.com' },
    { subject: '' },
    { subject: 'x'.repeat(251) },
    { subject: 'half a character: \ud83d' },
    { text: '' },
    { text: 'x'.repeat(100_001) },
    { onDoubt: 'maybe' },
  ])('is refused: %j', (over) => {
    expect(problemsOf(over)).not.toEqual([]);
  });
});

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
    const handler = sendEmail({ mailer, placesOf, door: aDoor().door });
    const context = (run: number, resume: State | undefined) =>
      aJobContext<State>({
        tenant,
        run,
        resume,
        checkpoint: async (state) => void states.push(state),
      });
    const mail = { ...payload, onDoubt: 'leave' as const, attachments: [] };
    await expect(Promise.resolve(handler(mail, context(1, undefined)))).rejects.toBe(refused);
    expect(states.map(({ step }) => step)).toEqual(['ready', 'sending', 'ready']);
    expect(await handler(mail, context(2, states.at(-1)))).toEqual(accepted);
  });
});

test('a mail whose receiver SES does not look up is sent, with a line in the log', async () => {
  const prepare = (mailer: InMemoryMailer) => {
    mailer.lookUpError = new LookUpRefusedError('SES: BadRequestException');
  };
  const { effects, mails } = watchedMailing({ prepare });
  const { result, log } = await runJob(type, payload, { effects });
  expect([result, mails()]).toEqual([accepted, 1]);
  expect(log.filter(({ level }) => level === 'warn')).toMatchObject([
    { message: 'suppression list refuses look-ups' },
  ]);
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

  test.each([
    [new StoreUnavailableError('the access table could not be read'), 1],
    [new TypeError('a bug'), 4],
  ])('is not told to be refused while it is not known: %s', async (error, attempts) => {
    let failures = 3;
    const handlerWith = (mailer: Mailing['mailer']) =>
      sendEmail({
        mailer,
        placesOf: (of) => (failures-- > 0 ? Promise.reject(error) : placesOf(of)),
        door: aDoor().door,
      });
    const { effects, mails } = watchedMailing();
    const job = await runJob({ contract, handlerWith }, payload, { effects });
    // An outage of the table uses no attempt.
    expect({ ...job, sent: mails() }).toMatchObject({
      status: 'succeeded',
      result: accepted,
      attempts,
      sent: 1,
    });
  });

  test('who is suppressed only after a mail in doubt is not told to have got none', async () => {
    const mailer = new InMemoryMailer();
    mailer.suppressed.add(payload.to);
    const job = aJobContext<State>({
      tenant,
      resume: { step: 'sending', doubts: 0 },
    });
    expect(
      await sendEmail({ mailer, placesOf, door: aDoor().door })(
        { ...payload, onDoubt: 'send', attachments: [] },
        job,
      ),
    ).toEqual(unknown);
  });
});

const again = { ...payload, onDoubt: 'send' as const };

const throttledTwice = {
  prepare: ({ failures }: { failures: { error: Error; isTaken: boolean }[] }) => {
    const failure = { error: new MailThrottledError('slow down'), isTaken: false };
    failures.push(failure, failure);
  },
};

const object = uploadedObject('an invoice');
const attachment = { object, name: 'invoice.pdf', contentType: 'application/pdf' };

describe('an attachment', () => {
  it.each([
    [
      'a name without an extension',
      { name: 'invoice' },
      'name: must be the name of a file with its extension',
    ],
    ['a path', { name: '../invoice.pdf' }, 'name: must be the name of a file'],
    ['another header', { name: 'a.pdf\r\nBcc: b.pdf' }, 'name: must be the name of a file'],
    ['a quote', { name: 'a".pdf' }, 'name: must be the name of a file'],
    ['a program', { name: 'setup.EXE' }, 'name: must not have an extension that SES refuses'],
    [
      'a media type with a parameter',
      { contentType: 'text/html; charset=x' },
      'contentType: must be a media type',
    ],
    ['what is no object', { object: 'invoice.pdf' }, 'object: must be the name of an object'],
  ])('is refused at the submission with %s', (_what, over, problem) => {
    expect(problemsOf({ attachments: [{ ...attachment, ...over }] })).toEqual([
      expect.stringContaining(`attachments.0.${problem}`),
    ]);
  });

  it('is one of 20 at most', () => {
    const problems = (count: number) =>
      problemsOf({ attachments: Array.from({ length: count }, () => attachment) });
    expect([problems(20), problems(21).length]).toEqual([[], 1]);
  });

  const send = async (objects: Record<string, Uint8Array>, attachments: readonly (typeof attachment)[]) => {
    const { effects, sent } = watchedMailing();
    const run = await runJob(type, { ...payload, attachments: [...attachments] }, { effects, objects });
    return { run, sent: sent() };
  };

  it('goes with its mail, byte by byte', async () => {
    const bytes = Buffer.from([0x25, 0, 0xff, 0xfe]);
    const { run, sent } = await send({ [object]: bytes }, [attachment]);
    expect(run).toMatchObject({ status: 'succeeded', result: accepted });
    expect(sent).toMatchObject([
      { attachments: [{ name: 'invoice.pdf', contentType: 'application/pdf', bytes }] },
    ]);
  });

  it('that is too large with the others fails the job at once: nothing is sent, and nothing is in doubt', async () => {
    const other = uploadedObject('another');
    const half = Buffer.alloc(maxAttachmentBytes / 2);
    const both = [attachment, { ...attachment, object: other }];
    expect((await send({ [object]: half, [other]: half }, both)).sent).toHaveLength(1);
    const { run, sent } = await send(
      { [object]: half, [other]: Buffer.concat([half, half.subarray(0, 1)]) },
      both,
    );
    expect(run).toMatchObject({ status: 'failed', attempts: 1, error: { name: 'AttachmentsTooLargeError' } });
    expect(run.error?.message).toContain('25,000,001 bytes together; a mail has room for 25,000,000');
    expect(sent).toEqual([]);
  });

  it('that is gone fails the job, unless an earlier call may have sent the mail', async () => {
    const mailer = new InMemoryMailer();
    const gone = (resume?: State) =>
      sendEmail({ mailer, placesOf, door: aDoor().door })(
        { ...payload, onDoubt: 'send', attachments: [attachment] },
        aJobContext<State>({ tenant, resume }),
      );
    await expect(Promise.resolve(gone())).rejects.toThrow(MissingObjectError);
    expect(await gone({ step: 'sending', doubts: 0 })).toEqual(unknown);
    expect(mailer.sent).toEqual([]);
  });
});

describe('a mail, wherever its job is cut', () => {
  it.each([
    ['', {}, []],
    ['that SES throttles twice ', throttledTwice, []],
    ['with an attachment ', {}, [attachment]],
  ])(
    '%sis never sent twice, and never told to be accepted if it was not sent',
    async (_what, options, attachments) => {
      const { effects, isTrue } = watchedMailing(options);
      // Not sent, and told to be in doubt: that is what at most once means.
      const allow = ['effect missing'] as const;
      const { calls, cuts } = await cutEverywhere(
        type,
        { ...payload, attachments },
        { effects, objects: { [object]: 'an invoice' }, sameResult: isTrue, allow },
      );
      expect(calls).toBeGreaterThanOrEqual(5);
      expect(cuts).toBeGreaterThan(40);
    },
  );

  it('is sent at least once, if its user wants that in doubt', async () => {
    const { effects, isTrue } = watchedMailing({ mayRepeat: true });
    await cutEverywhere(type, again, { effects, sameResult: isTrue });
  });

  // The calls: 1 the look-up, 2 ready, 3 about to send, 4 the call of SES, 5 sent.
  it.each([
    ['crash-before@1', 'accepted', 1],
    ['crash-after@1', 'accepted', 1],
    ['crash-before@3', 'accepted', 1],
    ['hand-over@2', 'accepted', 1],
    ['crash-after@3', 'unknown', 0],
    ['crash-before@4', 'unknown', 0],
    ['refused@4', 'unknown', 0],
    ['crash-after@4', 'unknown', 1],
    ['lost-answer@4', 'unknown', 1],
    ['duplicate@4', 'unknown', 1],
    ['retry@3', 'accepted', 1],
    ['retry@4', 'unknown', 1],
    ['hand-over@5', 'accepted', 1],
    ['lost-answer@3', 'unknown', 0],
    ['crash-before@5', 'unknown', 1],
    ['crash-after@5', 'accepted', 1],
  ])('with %s is told to be %s, and was sent %d times', async (cut, outcome, sent) => {
    const { effects, mails } = watchedMailing();
    const { status, result } = await runJob(type, payload, { effects, cut });
    expect({ status, outcome: result?.outcome, sent: mails() }).toEqual({
      status: 'succeeded',
      outcome,
      sent,
    });
  });

  it.each(['crash-after@3', 'crash-after@4', 'lost-answer@4', 'retry@4'])(
    'with %s is sent again, if its user wants that in doubt',
    async (cut) => {
      const { effects, mails } = watchedMailing({ mayRepeat: true });
      const { result } = await runJob(type, again, { effects, cut });
      const sent = mails();
      expect(result).toEqual({ outcome: 'accepted', messageId: `m-${sent}` });
      expect(sent).toBe(cut === 'crash-after@3' ? 1 : 2);
    },
  );
});

/** It sends, and says so afterwards. */
const savedAfterSend =
  ({ mailer }: Mailing): JobHandler<typeof contract> =>
  async ({ onDoubt: _, attachments: _none, ...mail }, job) => {
    if (job.resume?.step === 'sent') return { outcome: 'accepted', messageId: job.resume.messageId };
    await mailer.isSuppressed(mail.to);
    const { messageId } = await mailer.send(mail, job.signal);
    await job.checkpoint({ step: 'sent', messageId }, { flush: true });
    return { outcome: 'accepted', messageId };
  };

/** It takes no notice of what its state says about an earlier call. */
const doubtForgotten =
  (mailing: Mailing): JobHandler<typeof contract> =>
  (mail, job) =>
    sendEmail(mailing)(mail, { ...job, resume: undefined });

/** It does not wait until its state is stored. */
const notFlushed =
  (mailing: Mailing): JobHandler<typeof contract> =>
  (mail, job) =>
    sendEmail(mailing)(mail, { ...job, checkpoint: (state) => job.checkpoint(state) });

/** It calls SES again when the answer is lost, as the SDK would by itself. */
const calledAgain = ({ mailer, ...rest }: Mailing): JobHandler<typeof contract> =>
  sendEmail({
    ...rest,
    mailer: {
      isSuppressed: mailer.isSuppressed,
      send: (mail, signal) => mailer.send(mail, signal).catch(() => mailer.send(mail, signal)),
    },
  });

describe('the cuts find a handler', () => {
  it.each([
    ['that saves its state after the mail', savedAfterSend],
    ['that forgets the doubt', doubtForgotten],
    ['that does not wait for its state', notFlushed],
    ['that calls again when an answer is lost', calledAgain],
  ])('%s', async (_what, mutant) => {
    const { effects, isTrue } = watchedMailing();
    const error = await cutEverywhere({ contract, handlerWith: withMailer(mutant) }, payload, {
      effects,
      sameResult: isTrue,
      allow: ['effect missing'],
    }).then(
      () => undefined,
      (thrown: JobTestError) => thrown,
    );
    expect(error?.kinds).toContain('effect repeated');
  });
});

test('a mail above the limit of its tenant waits for its time, without an attempt, and says why', async () => {
  const { door } = aDoor({ mailsPerDay: 1 });
  const mailer = new InMemoryMailer();
  const states: State[] = [];
  const send = async () => {
    const job = aJobContext<State>({ tenant, checkpoint: async (state) => void states.push(state) });
    return sendEmail({ mailer, placesOf, door })({ ...payload, onDoubt: 'leave', attachments: [] }, job);
  };
  expect(await send()).toEqual(accepted);
  states.length = 0;
  const put = await send().catch((error: unknown) => error);
  expect(put).toBeInstanceOf(RetryAfterError);
  expect(put).toMatchObject({
    after: 86_400,
    message: 'The tenant has used up its limit `mailsPerDay`, which is 1. Try again after 86400 seconds.',
  });
  expect([states, mailer.sent.length]).toEqual([[], 1]);
});
