import type { SetLimits } from '../../shared/domain/access/limits.ts';
import type { JobCounts, Rates } from '../../shared/domain/access/ports.ts';
import type { Clock } from '../../shared/domain/base/ports.ts';
import type { JobMessage } from '../../shared/domain/state/job/message.ts';
import { GroupDoor } from '../../shared/operations/doors/group-door.ts';
import { TenantDoor } from '../../shared/operations/doors/tenant-door.ts';
import { JobsDoor } from '../../shared/operations/submit/jobs-door.ts';
import type { Answer } from './client.ts';
import { quiet } from './dependencies.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** No tenant has limits of its own. */
const limits = { limitsOf: async () => ({}) };

interface DoorPorts {
  readonly rates: Rates;
  readonly counts: JobCounts;
  readonly clock: Clock;
}

/**
 * No job comes in that the limit of its tenant has not let in, and no submission under a key that nobody knows. A caller that repeats what
 * was accepted is never refused. What jobs and schedules make, and what is retried, is charged before it is sent, whether or not the charge
 * fails.
 */
export class TenantLimitRule {
  /** How many were let in, in all. */
  taken = 0;
  readonly #world: World;
  readonly #sent = new Set<string>();
  readonly #made = new Set<string>();
  readonly #keys = new Set<string>();
  #charged = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** How many are let in, or to be charged, no write says: its times follow from the limit, and from the clock of its process. */
  watched(rates: Rates): Rates {
    return {
      ...rates,
      charge: (arrivals) => {
        if (arrivals.limit === 'jobsPerMinute') this.#charged += arrivals.wanted;
        return rates.charge(arrivals);
      },
      take: async (arrivals) => {
        const answer = await rates.take(arrivals);
        this.taken += answer.taken;
        return answer;
      },
    };
  }

  /** The door of one invocation, which knows the rates. The limits are those of the stage. */
  door(stageLimits: SetLimits, { rates, clock }: Pick<DoorPorts, 'rates' | 'clock'>): TenantDoor {
    return new TenantDoor({ limits, stageLimits, rates, clock });
  }

  /** That of submissions. */
  jobsDoor(stageLimits: SetLimits, { counts, ...ports }: DoorPorts): JobsDoor {
    const door = this.door(stageLimits, ports);
    return new JobsDoor({ limits, stageLimits, door, counts, clock: ports.clock });
  }

  /** That of jobs of groups, whose queue has so many messages. */
  groupDoor(messages: number, { rates, clock }: Pick<DoorPorts, 'rates' | 'clock'>): GroupDoor {
    return new GroupDoor({ queues: 1, count: async () => messages, rates, clock, log: quiet });
  }

  hasItem(id: string): boolean {
    return this.#world.table.items.has(id);
  }

  /** Submit has sent the message of a job. */
  onSent(id: string): void {
    this.#sent.add(id);
    const { jobsPerMinute, orderedMessages } = this.#world.settings;
    if ((jobsPerMinute ?? orderedMessages) === undefined || this.#sent.size <= this.taken) return;
    const figures = `${this.#sent.size} were sent, and ${this.taken} let in`;
    throw new Violation('a job is let in before it is sent', figures);
  }

  /**
   * Another function has sent the message of a job: that of its submission once more, one that a job or a schedule has made, or that of its
   * next run. Children of a later round are not charged.
   */
  onMade({ id, run, parent }: JobMessage): void {
    if (this.#world.settings.jobsPerMinute === undefined) return;
    if (run === 1 ? this.#sent.has(id) : parent) return;
    this.#made.add(`${id} ${run}`);
    if (this.#made.size <= this.#charged) return;
    const figures = `${this.#made.size} were sent, and ${this.#charged} charged`;
    throw new Violation('a job that nobody submits is charged before it is sent', figures);
  }

  /** At the end of a scenario in which nothing failed. */
  expectOnce(): void {
    if (this.#world.settings.jobsPerMinute === undefined || this.#charged === this.#made.size) return;
    const figures = `${this.#made.size} were sent, and ${this.#charged} charged`;
    throw new Violation('a job that nobody submits is charged once', figures);
  }

  /** @param wasAccepted whether the item of the job was there when it was submitted */
  onAnswer(
    status: Answer['status'],
    { key, wasAccepted }: { readonly key: string | undefined; readonly wasAccepted: boolean },
  ): void {
    if (status === 202 && key !== undefined) this.#onKey(key);
    if (wasAccepted && status === 429)
      throw new Violation('whoever repeats an accepted submission is not refused', String(status));
  }

  /** A submission with this Idempotency-Key was answered with a job, which another submission may have made. */
  #onKey(key: string): void {
    this.#keys.add(key);
    if (this.#world.settings.jobsPerMinute === undefined || this.#keys.size <= this.taken) return;
    const figures = `${this.#keys.size} were answered, and ${this.taken} let in`;
    throw new Violation('each Idempotency-Key is let in once', figures);
  }
}
