import { mail } from '../../shared/aws/capabilities.ts';
import { readEnvironment } from '../../shared/aws/environment.ts';
import { sesMailer } from '../../shared/aws/mailer.ts';
import { readMailRules } from '../../shared/domain/notify/mail-rules.ts';
import type { Mailing } from './handler.ts';

/** What the stage sends mail with, from the worker's environment. */
export function mailingOf(environment: Readonly<Record<string, string | undefined>>): Mailing {
  const { MAIL_FROM, MAIL_TO } = readEnvironment({ mail }, environment);
  return { mailer: sesMailer({ from: MAIL_FROM }), rules: readMailRules(MAIL_TO).rules };
}
