import type { NotificationMessage } from '../../shared/domain/notify/notification.ts';
import { type Attempt, delivered, down, failed, impossible, rejected } from '../../shared/notify/attempt.ts';
import { jobEnd } from '../../shared/notify/job-end.ts';
import { webhookLimits } from '../../shared/notify/send-webhook.ts';
import type { VirtualTime } from '../../testkit/play/virtual-time.ts';

/** Less than a receiver has, and longer than any quick answer. */
const slowAnswerMs = 14_000;

/**
 * The targets of notifications. Each fails when it is told of an end, once if nothing else is set, so that there is always a
 * retry. There is no event bus: who asks for an event cannot be told.
 */
export class Targets {
  /** How often each target fails at first. */
  failures = 1;
  readonly #asked = new Map<string, number>();
  /** Until when each endpoint is down, by the beginning of its address, epoch milliseconds. */
  readonly downUntil = new Map<string, number>();
  /** Those of them that take a connection, and do not answer. */
  readonly hanging = new Set<string>();
  /** Those of them that answer, and take nothing. */
  readonly rejecting = new Set<string>();

  /** From when on and until when each endpoint answers slowly, by its origin, epoch milliseconds. */
  readonly slow = new Map<string, { readonly from: number; readonly until: number }>();

  /** @returns since when the endpoint of an address answers slowly */
  slowSince(address: string, now: number): number | undefined {
    const found = URL.canParse(address) ? this.slow.get(new URL(address).origin) : undefined;
    return found && found.from <= now && now < found.until ? found.from : undefined;
  }

  /** @param onNotified called if the target takes it */
  async notify(
    message: NotificationMessage,
    { time, onNotified }: { readonly time: VirtualTime; readonly onNotified: () => void },
  ): Promise<Attempt> {
    if ('event' in message.target) return impossible('no event bus');
    const address = 'url' in message.target ? message.target.url : '';
    const [origin = '', until = 0] =
      [...this.downUntil].find(([beginning]) => address.startsWith(beginning)) ?? [];
    if (time.now < until) {
      if (this.hanging.has(origin)) await time.pause(webhookLimits.timeoutMs);
      return this.rejecting.has(origin) ? rejected('HTTP 404') : down('the endpoint is down');
    }
    if (this.slowSince(address, time.now) !== undefined) await time.pause(slowAnswerMs);
    const key = `${jobEnd(message).id} ${message.position}`;
    const asked = this.#asked.get(key) ?? 0;
    this.#asked.set(key, asked + 1);
    if (asked < this.failures) return failed('HTTP 500');
    onNotified();
    return delivered;
  }
}
