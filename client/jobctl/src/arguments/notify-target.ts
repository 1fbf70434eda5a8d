import { usageError } from '../ending.ts';
import type { NotifyTarget } from '../library.ts';

/** Reads `--notify`. Whether an URL or an address may be told, the API knows. @throws CommandError */
export function parseNotifyTarget(text: string): NotifyTarget {
  if (text === 'event') return { event: true };
  if (/^[^:/]+@/.test(text)) return { email: text };
  if (URL.canParse(text)) return { url: text };
  throw usageError(
    `--notify is "${text}". Use the URL of a webhook, such as https://hooks.example.com/jobs, a mail address, or the word event.`,
  );
}
