import type { Mail, Mailer } from '../../shared/domain/notify/mail-ports.ts';

/** Stands in for SES. */
export class InMemoryMailer implements Mailer {
  /** What it has taken, oldest first. */
  readonly sent: Mail[] = [];
  readonly suppressed = new Set<string>();
  /** What the next calls throw, each after the mail was taken, or without. */
  readonly failures: { readonly error: Error; readonly isTaken: boolean }[] = [];

  /** What every look-up throws. */
  lookUpError: Error | undefined;

  async send(mail: Mail, signal?: AbortSignal): Promise<{ readonly messageId: string }> {
    signal?.throwIfAborted();
    const failure = this.failures.shift();
    if (failure && !failure.isTaken) throw failure.error;
    this.sent.push(mail);
    if (failure) throw failure.error;
    return { messageId: `m-${this.sent.length}` };
  }

  async isSuppressed(address: string, signal?: AbortSignal): Promise<boolean> {
    signal?.throwIfAborted();
    if (this.lookUpError) throw this.lookUpError;
    return this.suppressed.has(address.toLowerCase());
  }
}
