import type { CheckpointOf, JobContext, JobHandler, ResultOf } from '../../shared/author/handler.ts';
import type { Door } from '../../shared/domain/access/ports.ts';
import { PermanentError, RetryAfterError, StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { problemOfRecipient } from '../../shared/domain/notify/check-recipient.ts';
import { isNotSent, type Mailer, MailRefusedError } from '../../shared/domain/notify/mail-ports.ts';
import type { sendEmail as contract } from './contract.ts';
import { readAttachments } from './read-attachments.ts';

/** What the job sends its mail with, and to where it may. */
export interface Mailing {
  readonly mailer: Mailer;
  /** To where a tenant may send mail. @throws StoreUnavailableError */
  placesOf(tenant: string): Promise<readonly string[]>;
  /** Which mails of a tenant the stage lets out. */
  readonly door: Door;
}

type State = CheckpointOf<typeof contract>;
type Result = ResultOf<typeof contract>;

/** After so many calls of which nobody knows whether they sent the mail, the job does not make another. */
const maxDoubts = { leave: 1, send: 3 } as const;

const unknown: Result = { outcome: 'unknown' };

/**
 * A state that says "about to send" was followed by a call, or by a crash: nobody knows. Also if it is of an earlier
 * run.
 */
const doubtsOf = (state: Exclude<State, { step: 'sent' }> | undefined): number =>
  state === undefined ? 0 : state.doubts + (state.step === 'sending' ? 1 : 0);

/** Says in its state that it is about to send, and only then sends. */
export const sendEmail =
  ({ mailer, placesOf, door }: Mailing): JobHandler<typeof contract> =>
  async ({ onDoubt, attachments, ...mail }, job) => {
    const { resume, signal, log } = job;
    if (resume?.step === 'sent') return accepted(resume.messageId);
    const doubts = doubtsOf(resume);
    if (doubts >= maxDoubts[onDoubt]) return unknown;
    const places = await placesOf(job.tenant).catch(putOff);
    const reason = await problemOfRecipient({ to: mail.to, places, signal }, { mailer, log });
    if (reason !== undefined) return doubts > 0 ? unknown : { outcome: 'refused', reason };
    const files = await readAttachments(attachments, job).catch((error: unknown) => {
      // "failed" would say that the mail was not sent.
      if (doubts > 0 && error instanceof PermanentError) return undefined;
      throw error;
    });
    if (files === undefined) return unknown;

    const { refusal } = await door
      .letIn({ tenant: job.tenant, limit: 'mailsPerDay', wanted: 1 })
      .catch(putOff);
    // It waits for its time. A run waits for a week at most, and then fails with this.
    if (refusal) throw new RetryAfterError(refusal.exceeded.retryAfterSeconds, refusal.message);

    // If the time is nearly over, the job is handed over here, before its state says that it is about to send.
    await job.checkpoint({ step: 'ready', doubts });
    await job.checkpoint({ step: 'sending', doubts }, { flush: true });
    const sent = await mailer
      .send({ ...mail, attachments: files }, signal)
      .catch((error: unknown) => ({ error }));
    if ('error' in sent) return afterError(sent.error, { doubts, onDoubt, job });
    // From here on nobody need doubt, whatever becomes of this attempt.
    await job.checkpoint({ step: 'sent', messageId: sent.messageId }, { flush: true });
    return accepted(sent.messageId);
  };

const outageSeconds = 60;

/**
 * That the table does not answer says nothing about the job: it is tried again, and no attempt is used. @throws always
 */
function putOff(cause: unknown): never {
  if (!(cause instanceof StoreUnavailableError)) throw cause;
  throw new RetryAfterError(outageSeconds, cause.message, { cause });
}

interface Call {
  /** How many calls before this one are in doubt. */
  readonly doubts: number;
  readonly onDoubt: keyof typeof maxDoubts;
  readonly job: JobContext<State>;
}

/**
 * What follows from a call that failed. @throws its error, if there is to be another attempt, or if the job has failed
 */
async function afterError(error: unknown, { doubts, onDoubt, job }: Call): Promise<Result> {
  job.signal.throwIfAborted();
  if (isNotSent(error)) {
    await job.checkpoint({ step: 'ready', doubts }, { flush: true });
    if (doubts > 0 && error instanceof MailRefusedError) return unknown;
    throw error;
  }
  job.log.warn('mail in doubt', { error });
  if (doubts + 1 < maxDoubts[onDoubt]) throw error;
  return unknown;
}

const accepted = (messageId: string): Result => ({ outcome: 'accepted', messageId });
