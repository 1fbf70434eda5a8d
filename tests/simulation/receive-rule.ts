import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { isTerminal, isWaiting } from '../../shared/domain/state/job/transitions.ts';
import { maxSkewMs } from './limits.ts';
import { Violation } from './violation.ts';

/** An outage lasts for minutes, and who deletes a message may crash. */
const maxReceivesAfterEnd = 300;

/** A message comes back after so long if its delivery failed. */
const maxBackoffMs = 120_000;

/** The message of a group comes every hour: who is to make it visible may die before. */
const maxHiddenMs = 3_600_000;

const isPutOff = ({ history, notBefore }: JobItem): boolean =>
  notBefore !== undefined && history.at(-1)?.event === 'put-off';

/** The message of a group keeps its place while its job sleeps, and does not come again and again. */
function requireHidden(item: JobItem, forMs: number, now: number): void {
  const { id, status, notBefore = 0 } = item;
  if (isWaiting(status) && forMs < Math.min(notBefore - now, maxHiddenMs) - maxSkewMs)
    throw new Violation('the message of a group is hidden while its job sleeps', `${id}: for ${forMs} ms`);
}

/** Checks that no message is received in a hot loop, and none for ever, and that none waits in flight. */
export class ReceiveRule {
  readonly #items: ReadonlyMap<string, JobItem>;
  readonly #maxAnHour: number;
  /** Whether code may receive it that cannot read its item: until newer code is back, it returns the message. */
  readonly #mayBeUnread: () => boolean;
  /** When each was received. */
  readonly #receivesAfterEnd = new Map<string, Set<number>>();

  constructor(items: ReadonlyMap<string, JobItem>, maxAnHour: number, mayBeUnread = () => false) {
    this.#items = items;
    this.#maxAnHour = maxAnHour;
    this.#mayBeUnread = mayBeUnread;
  }

  onReceive(
    { id, body }: { readonly id: string; readonly body: string },
    { now, timesAnHour }: { readonly now: number; readonly timesAnHour: number },
  ): void {
    if (timesAnHour > this.#maxAnHour)
      throw new Violation('a message is received a bounded number of times an hour', `${id}: ${timesAnHour}`);
    if (this.#mayBeUnread() || !this.#hasEnded(body)) return;
    const receives = this.#receivesAfterEnd.get(id) ?? new Set();
    // A batch may have a message twice.
    this.#receivesAfterEnd.set(id, receives.add(now));
    if (receives.size > maxReceivesAfterEnd)
      throw new Violation(
        'the message of a finished job is deleted',
        `${id}: received ${receives.size} times`,
      );
  }

  /** A receiver leaves a message invisible. */
  onLeft({ body }: { readonly body: string }, forMs: number, now: number): void {
    const item = this.#itemOf(body);
    const isOf = item && body.includes(item.fingerprint);
    if (!isOf) return;
    if (item.group !== undefined) requireHidden(item, forMs, now);
    else if (forMs > maxBackoffMs && (isWaiting(item.status) || isPutOff(item)))
      throw new Violation('what waits takes no place in flight', `${item.id} is invisible for ${forMs} ms`);
  }

  #itemOf(body: string): JobItem | undefined {
    // Not parsed: a run has thousands of receives.
    const [, id = ''] = /"id":"([^"]+)"/.exec(body) ?? [];
    return this.#items.get(id);
  }

  #hasEnded(body: string): boolean {
    const item = this.#itemOf(body);
    if (!item || !isTerminal(item.status)) return false;
    return Number(/"run":(\d+)/.exec(body)?.[1]) <= item.run;
  }
}
