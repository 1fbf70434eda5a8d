import { describe, expect, it } from '@jest/globals';
import { sendEmail as contract } from '../../../../job-types/send-email/contract.ts';
import { type Mailing, sendEmail } from '../../../../job-types/send-email/handler.ts';
import type { JobHandler } from '../../../../shared/job/handler.ts';
import { MailThrottledError } from '../../../../shared/job/mail-ports.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import type { JobTestError } from '../../../../testkit/report.ts';
import { runJob } from '../../../../testkit/run-job.ts';
import { payload, watchedMailing, withMailer } from './mailing.ts';

const type = { contract, handlerWith: withMailer(sendEmail) };
const again = { ...payload, onDoubt: 'send' as const };

const throttledTwice = {
  prepare: ({ failures }: { failures: { error: Error; isTaken: boolean }[] }) => {
    const failure = { error: new MailThrottledError('slow down'), isTaken: false };
    failures.push(failure, failure);
  },
};

describe('a mail, wherever its job is cut', () => {
  it.each([
    ['', {}],
    ['that SES throttles twice ', throttledTwice],
  ])('%sis never sent twice, and never told to be accepted if it was not sent', async (_what, options) => {
    const { effects, isTrue } = watchedMailing(options);
    // Not sent, and told to be in doubt: that is what at most once means.
    const allow = ['effect missing'] as const;
    const { calls, cuts } = await cutEverywhere(type, payload, { effects, sameResult: isTrue, allow });
    expect(calls).toBeGreaterThanOrEqual(5);
    expect(cuts).toBeGreaterThan(40);
  });

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
  async ({ onDoubt: _, ...mail }, job) => {
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
