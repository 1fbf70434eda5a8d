import type { Door } from '../domain/access/ports.ts';
import type { NotificationMessage } from '../domain/notify/notification.ts';
import type { Attempt } from './attempt.ts';

type Notify = (message: NotificationMessage) => Promise<Attempt>;

/** @returns undefined for what goes to no host */
function hostOf({ target }: NotificationMessage): string | undefined {
  return 'url' in target && URL.canParse(target.url) ? new URL(target.url).hostname : undefined;
}

/**
 * Tells a target, unless its tenant has told the same host as often as it may for now. Then no attempt is made, and it
 * says nothing of the endpoint.
 * @throws StoreUnavailableError, and what `notify` throws
 */
export const notifyWithinLimit =
  (notify: Notify, door: Door): Notify =>
  async (message) => {
    const host = hostOf(message);
    if (host === undefined) return notify(message);
    const limit = 'webhooksPerMinute';
    const { refusal } = await door.letIn({ tenant: message.tenant, limit, host, wanted: 1 });
    if (!refusal) return notify(message);
    const { max, retryAfterSeconds } = refusal.exceeded;
    const why = `waits for its turn: the tenant may send ${max} webhooks a minute to this host (${limit})`;
    return { kind: 'postponed', why, retryAfterSeconds };
  };
