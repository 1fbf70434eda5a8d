import { sesMailer } from '../../shared/aws/notify/mailer.ts';
import { mail } from '../../shared/aws/uses/capabilities.ts';
import { readEnvironment } from '../../shared/aws/uses/environment.ts';
import type { Mailing } from './handler.ts';

/** Half of what the job has: SES takes its time for a mail with large attachments, and a call that is given up is a doubt. */
const requestTimeoutMs = 30_000;

/** What the stage sends mail with, from the worker's environment, to where its tenants may, and how many mails. */
export function mailingOf(
  environment: Readonly<Record<string, string | undefined>>,
  rules: Pick<Mailing, 'placesOf' | 'door'>,
): Mailing {
  const { MAIL_FROM } = readEnvironment({ mail }, environment);
  const mailer = sesMailer({ from: MAIL_FROM, requests: { requestTimeout: requestTimeoutMs } });
  return { mailer, ...rules };
}
