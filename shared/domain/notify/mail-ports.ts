import { PermanentError } from '../base/errors.ts';

export interface Attachment {
  /** Of the file, with its extension, from which its media type follows if none is said. */
  readonly name: string;
  readonly contentType?: string | undefined;
  readonly bytes: Uint8Array;
}

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string | undefined;
  readonly replyTo?: string | undefined;
  readonly attachments?: readonly Attachment[];
}

/** The mail service. */
export interface Mailer {
  /**
   * Hands a mail to the service, which takes it, but has not delivered it yet. It is never sent twice by this.
   * @throws MailRefusedError, MailThrottledError, MailUnavailableError if it was certainly not sent; MailDoubtError, or
   * anything else, if it may have been
   */
  send(mail: Mail, signal?: AbortSignal): Promise<{ readonly messageId: string }>;
  /**
   * Whether the service would take a mail to this address, and not deliver it.
   * @throws LookUpRefusedError, MailRefusedError, MailThrottledError, MailUnavailableError
   */
  isSuppressed(address: string, signal?: AbortSignal): Promise<boolean>;
}

/** Not sent, and another attempt would not mend that: it is the sender, the account or the mail. */
export class MailRefusedError extends PermanentError {
  override readonly name = 'MailRefusedError';
}

/** The service does not answer look-ups, as SES may not in its sandbox: nothing is known of the address. */
export class LookUpRefusedError extends Error {
  override readonly name = 'LookUpRefusedError';
}

/** Not sent: the service takes fewer mails a second, or a day. */
export class MailThrottledError extends Error {
  override readonly name = 'MailThrottledError';
}

/** Not sent: the service could not be reached. */
export class MailUnavailableError extends Error {
  override readonly name = 'MailUnavailableError';
}

/** The service did not say whether it took the mail: it may have been sent. */
export class MailDoubtError extends Error {
  override readonly name = 'MailDoubtError';
}

/** Whether an error of `send` says that the mail was not sent. After any other one it may have been. */
export const isNotSent = (error: unknown): boolean =>
  error instanceof MailRefusedError ||
  error instanceof MailThrottledError ||
  error instanceof MailUnavailableError;
