import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { JobMessage } from '../../shared/domain/state/job/message.ts';
import { hasSucceeded, isTerminal } from '../../shared/domain/state/job/transitions.ts';
import type { Effect } from './effect.ts';
import { waits } from './transition-kinds.ts';
import { Violation } from './violation.ts';

/** Checks what is sent, and that no job is claimed before its turn. */
export class OrderRules {
  /** What was sent to the FIFO queue, in this order, by group. */
  readonly #sent = new Map<string, Pick<JobMessage, 'id' | 'run' | 'fingerprint'>[]>();
  /** How often admission sent a run of a job on, since the job began its last wait. */
  readonly #sentOn = new Map<string, number>();
  readonly #maxAdmissions: number;
  /** A dependency may expire when the job that waited for it waits for its time. */
  readonly #succeeded = new Set<string>();
  /** The runs that have ended of what was sent: TTL may have removed the job since. Not one whose message was sent after its end. */
  readonly #ended = new Set<string>();

  constructor(maxAdmissions: number) {
    this.#maxAdmissions = maxAdmissions;
  }

  onWrite({ write: { transition }, after: { id, run, status } }: Effect): void {
    if (hasSucceeded(status)) this.#succeeded.add(id);
    if (isTerminal(status)) this.#ended.add(`${id} ${run}`);
    if (waits.includes(transition)) this.#sentOn.delete(`${id} ${run}`);
  }

  onSent({ id, run, fingerprint, tenant, options }: JobMessage, role: string): void {
    if (options.group !== undefined) {
      const group = JSON.stringify([tenant, options.group]);
      const sent = this.#sent.get(group) ?? [];
      sent.push({ id, run, fingerprint });
      this.#ended.delete(`${id} ${run}`);
      this.#sent.set(group, sent);
    }
    if (role !== 'admission') return;
    const times = (this.#sentOn.get(`${id} ${run}`) ?? 0) + 1;
    this.#sentOn.set(`${id} ${run}`, times);
    if (times > this.#maxAdmissions)
      throw new Violation('wakes do not multiply', `${id} is sent on ${times} times`);
  }

  onClaim(claimed: JobItem, items: ReadonlyMap<string, JobItem>): void {
    for (const id of claimed.dependsOn ?? []) {
      const item = items.get(id);
      if (item ? !hasSucceeded(item.status) : !this.#succeeded.has(id))
        throw new Violation(
          'a dependent never starts before all its dependencies have succeeded',
          `${claimed.id} is claimed while ${id} is ${item?.status}`,
        );
    }
    this.#checkGroup(claimed, items);
  }

  /** Whatever was sent before it must have ended, have been sent again since, or never have been accepted. */
  #checkGroup(claimed: JobItem, items: ReadonlyMap<string, JobItem>): void {
    const sent = this.#sent.get(JSON.stringify([claimed.tenant, claimed.group])) ?? [];
    const place = sent.findIndex(({ id, run }) => id === claimed.id && run === claimed.run);
    for (const { id, run, fingerprint } of sent.slice(0, Math.max(0, place))) {
      const item = items.get(id);
      if (!item && this.#ended.has(`${id} ${run}`)) continue;
      const { status, ...earlier } = item ?? { status: 'queued', run, fingerprint };
      const isThis = id !== claimed.id && earlier.run === run && earlier.fingerprint === fingerprint;
      if (isThis && !isTerminal(status))
        throw new Violation(
          'within a group, jobs run in submit order and never overlap',
          `${claimed.id} is claimed while ${id} is ${status}`,
        );
    }
  }
}
