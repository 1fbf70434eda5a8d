import type { Log } from '../base/ports.ts';
import { LookUpRefusedError, type Mailer } from './mail-ports.ts';
import { mayMail } from './mail-rules.ts';

/** Why a mail is not sent to an address: the stage does not allow it for the tenant, or the service would drop it. */
export type RecipientProblem = 'not allowed' | 'suppressed';

interface Recipient {
  readonly to: string;
  /** To where its tenant may send mail. */
  readonly places: readonly string[];
  readonly signal?: AbortSignal;
}

interface LookUp {
  readonly mailer: Pick<Mailer, 'isSuppressed'>;
  readonly log: Pick<Log, 'warn'>;
}

/** @returns undefined if a mail may be sent. @throws what else `isSuppressed` throws */
export async function problemOfRecipient(
  { to, places, signal }: Recipient,
  { mailer, log }: LookUp,
): Promise<RecipientProblem | undefined> {
  if (!mayMail(to, places)) return 'not allowed';
  try {
    return (await mailer.isSuppressed(to, signal)) ? 'suppressed' : undefined;
  } catch (error) {
    if (!(error instanceof LookUpRefusedError)) throw error;
    // The send decides: the service takes a mail to a suppressed address, and does not deliver it.
    log.warn('suppression list refuses look-ups', { error });
    return undefined;
  }
}
