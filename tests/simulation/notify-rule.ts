import { maxTryingMs } from '../../shared/domain/notify/endpoint.ts';
import type { NotificationMessage } from '../../shared/domain/notify/notification.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import { recordsOf } from '../../shared/domain/state/stored/notifications-of.ts';
import type { Effect } from './effect.ts';
import { Violation } from './violation.ts';

/** What all notifications of one end have in common, as the `webhook-id` has it. */
const endOf = ({ id, run, status }: Pick<JobItem, 'id' | 'run' | 'status'>): string =>
  `${id}_${run}_${status}`;

/** Every target is told of every end of its job, and of no other. */
export class NotifyRule {
  /** How often each target was told of each end. Those of an end that is not told yet are 0. */
  readonly #notified = new Map<string, number>();
  /** How long after its end a target was told last. */
  readonly #lateMs = new Map<string, number>();

  /** By how much a scenario has made older what waits, by its job. */
  readonly agedMs = new Map<string, number>();
  /** The same for those that were given up, since their time was over. */
  readonly #timeOverMs = new Map<string, number>();

  /** The jobs of which a notification was given up. */
  readonly #givenUp = new Set<string>();

  onWrite({ write, before, after, now }: Effect): void {
    const [record] = write.transition === 'recordNotification' ? recordsOf(after) : [];
    if (record?.givenUp) this.#onTimeOver(after, now);
    const isFailed = record?.status === 'failed' && !record.suspended && !record.givenUp;
    if (isFailed && !this.#givenUp.has(after.id))
      throw new Violation('a notification is a dead letter before it counts as failed', after.id);
    if (!isTerminal(after.status) || (before && isTerminal(before.status))) return;
    for (const position of (after.notify ?? []).keys()) {
      const key = `${endOf(after)} ${position}`;
      this.#notified.set(key, this.#notified.get(key) ?? 0);
    }
  }

  /** A target has refused for three days: the job says so, and no person is told. */
  #onTimeOver(after: JobItem, now: number): void {
    const sinceMs = now - (after.finishedAt ?? now) + (this.agedMs.get(after.id) ?? 0);
    if (sinceMs < maxTryingMs)
      throw new Violation(
        'a notification is given up after 72 hours, and not before',
        `${after.id}: ${sinceMs} ms`,
      );
    const key = `${endOf(after)} 0`;
    this.#notified.set(key, (this.#notified.get(key) ?? 0) + 1);
    this.#timeOverMs.set(key, sinceMs);
  }

  /** How long after its end each job said that its notification was given up: not much longer than 72 hours. */
  expectGivenUp(withinMs: number): void {
    if (this.#timeOverMs.size === 0)
      throw new Violation('a notification is given up after 72 hours', 'none is');
    for (const [key, ms] of this.#timeOverMs)
      if (ms > maxTryingMs + withinMs)
        throw new Violation('the 72 hours of a notification go on counting', `${key}: ${ms} ms`);
  }

  /** Each end that was told, was told by a time. */
  expectNotifiedBy(by: number, items: ReadonlyMap<string, JobItem>): void {
    for (const item of items.values())
      for (const [key, lateMs] of this.#lateMs)
        if (key.startsWith(`${endOf(item)} `) && (item.finishedAt ?? 0) + lateMs > by)
          throw new Violation('what is parked is delivered soon after its endpoint answers', key);
  }

  /** A target is told. */
  onNotified({ jobId, run, status, position, finishedAt }: NotificationMessage, now: number): void {
    const key = `${endOf({ id: jobId, run, status })} ${position}`;
    const times = this.#notified.get(key);
    if (times === undefined) throw new Violation('nobody is told of an end that is none', key);
    this.#notified.set(key, times + 1);
    this.#lateMs.set(key, now - finishedAt);
  }

  /** A target cannot be told: a person is. */
  onGivenUp(message: NotificationMessage, now: number): void {
    this.onNotified(message, now);
    this.#givenUp.add(message.jobId);
  }

  /** Whether somebody was told of an end of the job. */
  hasNotified(id: string): boolean {
    return [...this.#notified].some(([key, times]) => key.startsWith(`${id}_`) && times > 0);
  }

  onEnd(): void {
    for (const [key, times] of this.#notified)
      if (times === 0) throw new Violation('every target is told of every end', key);
  }

  /** Undisturbed, nobody is told twice, or late, and each item says that all were told. */
  expectOnce(items: ReadonlyMap<string, JobItem>, withinMs = Number.POSITIVE_INFINITY): void {
    for (const item of items.values())
      if (recordsOf(item).some((record) => record === null || record.status === 'pending'))
        throw new Violation('a job shows who was told of its end', `${item.id}: ${item.notification}`);
    for (const [key, times] of this.#notified)
      if (times > 1) throw new Violation('undisturbed, a target is told once', key);
    for (const [key, lateMs] of this.#lateMs)
      if (lateMs > withinMs)
        throw new Violation('undisturbed, a target is told soon', `${key}: ${lateMs} ms`);
  }
}
