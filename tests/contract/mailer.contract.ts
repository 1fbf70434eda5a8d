import { describe, expect, test } from '@jest/globals';
import type { Mail, Mailer } from '../../shared/job/mail-ports.ts';

const mail: Mail = { to: 'jane@example.com', subject: 'Ihre Bestellung ✓', text: 'Hello\nJane' };

/** What every mailer does. @param suppress puts an address on the suppression list; without one, it has none */
export function describeMailer(
  name: string,
  mailerOf: () => Mailer,
  suppress?: (address: string) => void,
): void {
  describe(`${name}: a mailer`, () => {
    test('takes mails, and gives each an id of its own', async () => {
      const mailer = mailerOf();
      const html = { ...mail, html: '<p>Hello</p>', replyTo: 'shop@example.org' };
      const [one, other] = [await mailer.send(mail), await mailer.send(html)];
      expect(one.messageId).not.toBe('');
      expect(other.messageId).not.toBe(one.messageId);
    });

    test('sends nothing if the signal is aborted', async () => {
      const mailer = mailerOf();
      await expect(mailer.send(mail, AbortSignal.abort())).rejects.toThrow();
    });

    (suppress ? test : test.skip)('knows which addresses are suppressed', async () => {
      const mailer = mailerOf();
      suppress?.('gone@example.com');
      expect(await mailer.isSuppressed('gone@example.com')).toBe(true);
      expect(await mailer.isSuppressed('jane@example.com')).toBe(false);
      expect(await mailer.isSuppressed("o'brien+orders@example.com")).toBe(false);
    });
  });
}
