import type { NotificationMessage } from '../../shared/domain/notify/notification.ts';
import { recordsOf } from '../../shared/domain/state/stored/notifications-of.ts';
import type { Effect } from './effect.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const nameOf = (jobId: string, position: number): string => `${jobId} ${position}`;

/** No webhook is sent that the limit of its tenant has not let in, and to wait for a turn is no attempt. */
export class WebhookLimitRule {
  readonly #world: World;
  /** How often each notification was tried. */
  readonly #attempts = new Map<string, number>();
  #made = 0;

  constructor(world: World) {
    this.#world = world;
  }

  get #isLimited(): boolean {
    return this.#world.settings.webhooksPerMinute !== undefined;
  }

  /** An attempt begins. */
  onAttempt({ jobId, position }: NotificationMessage): void {
    const name = nameOf(jobId, position);
    this.#attempts.set(name, (this.#attempts.get(name) ?? 0) + 1);
    this.#made += 1;
    const { taken } = this.#world.tenantLimitRule;
    if (this.#isLimited && this.#made > taken)
      throw new Violation('a webhook is let in before it is sent', `${this.#made} sent, ${taken} let in`);
  }

  onWrite({ write, after }: Effect): void {
    if (!this.#isLimited || write.transition !== 'recordNotification') return;
    for (const [position, record] of recordsOf(after).entries()) {
      const made = this.#attempts.get(nameOf(after.id, position)) ?? 0;
      if (record && record.attempts > made)
        throw new Violation('to wait for a turn is no attempt', `${record.attempts} attempts, ${made} made`);
    }
  }
}
