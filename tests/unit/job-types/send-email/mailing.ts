import type { Mailing } from '../../../../job-types/send-email/handler.ts';
import type { Mail } from '../../../../shared/job/mail-ports.ts';
import { anyNumber, atLeastOnce, once } from '../../../../testkit/effects.ts';
import { InMemoryMailer } from '../../../../testkit/fakes/in-memory-mailer.ts';
import { tenant } from '../../../../testkit/objects.ts';

export const payload = { to: 'jane@example.com', subject: 'Your order', text: 'It is on its way.' };
export const rules = [{ tenant, to: 'example.com' }];

/** A type's handler as the kit makes it, of the effects. */
export const withMailer =
  <Handler>(handler: (mailing: Mailing) => Handler) =>
  (mailer: Mailing['mailer']): Handler =>
    handler({ mailer, rules });

interface Options {
  /** Whether a mail may be sent more than once. */
  readonly mayRepeat?: boolean;
  readonly prepare?: (mailer: InMemoryMailer) => void;
}

/**
 * The mailer as effects of the kit, a new one for each run, and a judge of what the last run told its user: who is told
 * that the mail was accepted has a mail of this id, and who is told that it was refused has none.
 */
export function watchedMailing({ mayRepeat = false, prepare }: Options = {}) {
  let mailer = new InMemoryMailer();
  const send = (mail: Mail, signal?: AbortSignal) => mailer.send(mail, signal);
  return {
    effects: () => {
      mailer = new InMemoryMailer();
      prepare?.(mailer);
      return {
        send: mayRepeat ? atLeastOnce(send) : once(send),
        isSuppressed: anyNumber((address: string, signal?: AbortSignal) =>
          mailer.isSuppressed(address, signal),
        ),
      };
    },
    mails: () => mailer.sent.length,
    isTrue: (result: unknown): boolean => {
      const told = { outcome: '', messageId: '', ...Object(result) };
      if (told.outcome === 'accepted')
        return mailer.sent.length > 0 && told.messageId === `m-${mailer.sent.length}`;
      return told.outcome === 'unknown' || (told.outcome === 'refused' && mailer.sent.length === 0);
    },
  };
}
