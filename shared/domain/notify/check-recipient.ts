import type { Mailer } from './mail-ports.ts';
import { mayMail } from './mail-rules.ts';

/** Why a mail is not sent to an address: the stage does not allow it for the tenant, or the service would drop it. */
export type RecipientProblem = 'not allowed' | 'suppressed';

interface Recipient {
  readonly to: string;
  /** To where its tenant may send mail. */
  readonly places: readonly string[];
  readonly signal?: AbortSignal;
}

/** @returns undefined if a mail may be sent. @throws what `isSuppressed` throws */
export async function problemOfRecipient(
  { to, places, signal }: Recipient,
  mailer: Pick<Mailer, 'isSuppressed'>,
): Promise<RecipientProblem | undefined> {
  if (!mayMail(to, places)) return 'not allowed';
  return (await mailer.isSuppressed(to, signal)) ? 'suppressed' : undefined;
}
