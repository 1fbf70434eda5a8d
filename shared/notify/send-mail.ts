import type { Door } from '../domain/access/ports.ts';
import { asError } from '../domain/base/errors.ts';
import type { Log } from '../domain/base/ports.ts';
import { problemOfRecipient, type RecipientProblem } from '../domain/notify/check-recipient.ts';
import {
  type Mailer,
  MailRefusedError,
  MailThrottledError,
  MailUnavailableError,
} from '../domain/notify/mail-ports.ts';
import { type Attempt, delivered, failed, impossible } from './attempt.ts';
import type { JobEndMail } from './job-end-mail.ts';

export interface MailDependencies {
  readonly mailer: Mailer;
  /** To where a tenant may send mail. @throws StoreUnavailableError */
  placesOf(tenant: string): Promise<readonly string[]>;
  readonly door: Door;
  readonly log: Log;
}

const reasons: Readonly<Record<RecipientProblem, string>> = {
  'not allowed': 'the stage does not allow mail to this address',
  suppressed: 'the mail service does not deliver to this address',
};

/**
 * Sends a mail, once, by the rules of the job type `send-email`: to the addresses that the stage allows, and not again
 * if nobody knows whether it was sent. What is above the limit of its tenant waits, as what the mail service does not
 * take.
 * @throws StoreUnavailableError if it is not known what the stage allows, or what the tenant has sent: no attempt was
 * made
 */
export async function sendMail(
  { tenant, to, subject, text }: JobEndMail,
  { mailer, placesOf, door, log }: MailDependencies,
): Promise<Attempt> {
  const places = await placesOf(tenant);
  const problem = await problemOfRecipient({ to, places }, { mailer, log }).catch(asError);
  if (problem instanceof Error) return notSent(problem, log);
  if (problem !== undefined) return { kind: 'refused', why: reasons[problem] };
  const { refusal } = await door.letIn({ tenant, limit: 'mailsPerDay', wanted: 1 });
  if (refusal) {
    const { limit, max, retryAfterSeconds } = refusal.exceeded;
    return failed(`the tenant has used up its limit ${limit}, which is ${max}`, retryAfterSeconds);
  }
  try {
    await mailer.send({ to, subject, text });
    return delivered;
  } catch (thrown) {
    return notSent(asError(thrown), log);
  }
}

function notSent(error: Error, log: Log): Attempt {
  // The log alone has what the service says: it may name identities of the account.
  log.warn('mail not sent', { error });
  return attemptAfter(error);
}

function attemptAfter(thrown: unknown): Attempt {
  if (thrown instanceof MailThrottledError) return failed('the mail service takes no more for now');
  if (thrown instanceof MailUnavailableError) return failed('the mail service could not be reached');
  if (thrown instanceof MailRefusedError) return impossible('the mail service refused the mail');
  return impossible('nobody knows whether the mail was sent');
}
