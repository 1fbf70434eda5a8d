import { type ErrorGroup, readErrorGroup } from '../../shared/domain/state/failures/error-group.ts';
import { type Failure, failureOf } from '../../shared/domain/state/failures/failure.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { Effect } from './effect.ts';
import type { Written } from './records-port.ts';
import { Violation } from './violation.ts';

const keyOf = ({ jobId, groupId }: Pick<Failure, 'jobId' | 'groupId'>): string => `${jobId} ${groupId}`;

/** Groups of errors name exactly the jobs that failed so, as far as they have room and the table took the writes. */
export class ErrorGroupRule {
  /** Every failure that was stored. */
  readonly #failures = new Map<string, Failure>();
  /** The jobs of which a line says that they are in no group. */
  readonly #givenUp = new Set<string>();

  onWrite({ after }: Effect): void {
    const failure = failureOf(after);
    if (failure) this.#failures.set(keyOf(failure), failure);
  }

  /** A group has a job more. */
  onAdded({ before, after }: Written): void {
    const { id: groupId, tenant, type, name, jobs } = readErrorGroup(after ?? {});
    const known = before && readErrorGroup(before).jobs;
    const jobId = [...jobs].find((id) => !known?.has(id)) ?? '';
    const failure = this.#failures.get(keyOf({ jobId, groupId }));
    if (!failure || failure.tenant !== tenant || failure.type !== type || failure.name !== name)
      throw new Violation('a group names only jobs that have failed so', `${groupId} names ${jobId}`);
  }

  onGivenUp(jobId: string): void {
    this.#givenUp.add(jobId);
  }

  onEnd(items: readonly JobItem[], groups: ReadonlyMap<string, ErrorGroup>): void {
    for (const item of items) {
      const failure = failureOf(item);
      if (!failure || item.erased || this.#givenUp.has(item.id)) continue;
      const group = groups.get(failure.groupId);
      if (!group?.jobs.has(item.id) && !group?.more)
        throw new Violation('a job that failed for good is in its group', item.id);
    }
  }

  /** Undisturbed, the table takes every write. */
  expectAll(): void {
    for (const id of this.#givenUp) throw new Violation('undisturbed, every failure is in its group', id);
  }
}
