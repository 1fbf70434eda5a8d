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
  readonly log: Log;
}

const reasons: Readonly<Record<RecipientProblem, string>> = {
  'not allowed': 'the stage does not allow mail to this address',
  suppressed: 'the mail service does not deliver to this address',
};

/**
 * Sends a mail, once, by the rules of the job type `send-email`: to the addresses that the stage allows, and not again if
 * nobody knows whether it was sent.
 * @throws StoreUnavailableError if it is not known what the stage allows: no attempt was made
 */
export async function sendMail(
  { tenant, to, subject, text }: JobEndMail,
  { mailer, placesOf, log }: MailDependencies,
): Promise<Attempt> {
  const places = await placesOf(tenant);
  try {
    const problem = await problemOfRecipient({ to, places }, mailer);
    if (problem !== undefined) return { kind: 'refused', why: reasons[problem] };
    await mailer.send({ to, subject, text });
    return delivered;
  } catch (thrown) {
    // The log alone has what the service says: it may name identities of the account.
    log.warn('mail not sent', { error: asError(thrown) });
    return attemptAfter(thrown);
  }
}

function attemptAfter(thrown: unknown): Attempt {
  if (thrown instanceof MailThrottledError) return failed('the mail service takes no more for now');
  if (thrown instanceof MailUnavailableError) return failed('the mail service could not be reached');
  if (thrown instanceof MailRefusedError) return impossible('the mail service refused the mail');
  return impossible('nobody knows whether the mail was sent');
}
