import type { Mailer } from './mail-ports.ts';
import { type MailRules, mayMail } from './mail-rules.ts';

/** Why a mail is not sent to an address: the stage does not allow it for the tenant, or the service would drop it. */
export type RecipientProblem = 'not allowed' | 'suppressed';

interface Recipient {
  readonly tenant: string;
  readonly to: string;
  readonly signal?: AbortSignal;
}

/** @returns undefined if a mail may be sent. @throws what `isSuppressed` throws */
export async function problemOfRecipient(
  { tenant, to, signal }: Recipient,
  { mailer, rules }: { readonly mailer: Pick<Mailer, 'isSuppressed'>; readonly rules: MailRules },
): Promise<RecipientProblem | undefined> {
  if (!mayMail(tenant, to, rules)) return 'not allowed';
  return (await mailer.isSuppressed(to, signal)) ? 'suppressed' : undefined;
}
