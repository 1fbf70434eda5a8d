import { contractOf } from '../../shared/author/contract.ts';
import { askUnique } from '../../shared/author/unique-key.ts';
import { windowStartAt } from '../../shared/domain/base/unique-id.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

interface Submitting {
  readonly tenant: string;
  readonly type: string;
  readonly payload: unknown;
  readonly idempotencyKey?: string | undefined;
}

/**
 * In each window of the clock there is one job of a tenant with one unique key, and it is of no other window. A submission that is
 * repeated with its Idempotency-Key is one job, in whatever window it comes: that of a window in which it was tried.
 */
export class UniqueRule {
  readonly #world: World;
  /** By tenant, unique key and window. */
  readonly #jobs = new Map<string, string>();
  readonly #windows = new Map<string, { readonly owner: string; readonly start: number }>();
  /** By tenant and Idempotency-Key. */
  readonly #ofKeys = new Map<string, { readonly firstAt: number; id?: string }>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Somebody submits a job now. @returns what the answer is given to; undefined if the job is not unique */
  onSubmit({ tenant, type, payload, idempotencyKey }: Submitting): ((job: JobItem) => void) | undefined {
    const { contracts, time } = this.#world;
    const contract = contractOf(contracts, type);
    // What the scenario says, whatever a mutant makes of it.
    const unique = contract && askUnique(contract, payload);
    if (!unique) return undefined;
    const sentAt = time.now;
    const keyed = idempotencyKey === undefined ? undefined : `${tenant} ${idempotencyKey}`;
    const before = keyed === undefined ? undefined : this.#ofKeys.get(keyed);
    if (keyed !== undefined && !before) this.#ofKeys.set(keyed, { firstAt: sentAt });
    const startAt = (at: number) => windowStartAt(at, unique.withinSeconds);
    return (job) => {
      if (job.tenant !== tenant) throw new Violation('a unique job is one of its tenant', job.id);
      if (keyed !== undefined) this.#checkKey(keyed, job.id);
      const [first, last] = [startAt(before?.firstAt ?? sentAt), startAt(time.now)];
      this.#checkWindow(job.id, { owner: `${tenant} ${type} ${unique.key}`, first, last });
    };
  }

  #checkKey(keyed: string, id: string): void {
    const known = this.#ofKeys.get(keyed);
    if (known?.id !== undefined && known.id !== id)
      throw new Violation('an Idempotency-Key of a unique job is one job', `${known.id}, then ${id}`);
    if (known) known.id = id;
  }

  /** If it may have been looked at in several windows, nobody can say of which one the job is. */
  #checkWindow(id: string, { owner, first, last }: { owner: string; first: number; last: number }): void {
    const known = this.#windows.get(id);
    if (known && (known.owner !== owner || known.start < first || known.start > last))
      throw new Violation('each window of a unique key has a job of its own', `${id}: ${owner}`);
    if (first !== last) return;
    const window = `${owner} ${first}`;
    const there = this.#jobs.get(window) ?? id;
    if (there !== id) throw new Violation('a unique key has one job in a window', `${there} and ${id}`);
    this.#jobs.set(window, id);
    this.#windows.set(id, { owner, start: first });
  }
}
