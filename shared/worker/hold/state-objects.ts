import { asError } from '../../domain/base/errors.ts';
import type { Log } from '../../domain/base/ports.ts';
import type { ObjectStore } from '../../domain/objects/object-ports.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { isClaimed } from '../../domain/state/job/transitions.ts';
import { objectsOfState } from '../../domain/state/stored/item-objects.ts';
import type { SavedState } from './saved-states.ts';

interface Sweeping {
  readonly objects: Pick<ObjectStore, 'delete'>;
  readonly log: Log;
}

/**
 * The objects of the states that a job has saved. Each has a name of its own, and a write that took effect is not
 * undone, so one that the item has ceased to refer to can be deleted.
 */
export class StateObjects {
  readonly #owner: Pick<JobItem, 'tenant' | 'id'>;
  readonly #known: Set<string>;
  #kept: SavedState = {};
  readonly #deps: Sweeping;

  constructor(item: Pick<JobItem, 'tenant' | 'id' | keyof SavedState>, deps: Sweeping) {
    this.#owner = { tenant: item.tenant, id: item.id };
    this.#known = new Set(objectsOfState(item));
    this.#deps = deps;
  }

  /** A state that is to be written to the item next. */
  keep(saved: SavedState): void {
    this.#kept = { ...this.#kept, ...saved };
    for (const name of this.#namesOfKept()) this.#known.add(name);
  }

  /**
   * Deletes what neither the item refers to nor the next write will. If that fails, the bucket's lifecycle rule is
   * left.
   * @param item as it is after a write of the worker that holds the job
   */
  async sweep(item: JobItem): Promise<void> {
    const needed = [...objectsOfState(item), ...(isClaimed(item.status) ? this.#namesOfKept() : [])];
    const useless = [...this.#known].filter((known) => !needed.includes(known));
    await Promise.all(
      useless.map(async (name) => {
        this.#known.delete(name);
        await this.#deps.objects.delete(name).catch((thrown: unknown) => {
          this.#deps.log.warn('object not deleted', { error: asError(thrown), name });
        });
      }),
    );
  }
  #namesOfKept(): readonly string[] {
    return objectsOfState({ ...this.#owner, ...this.#kept });
  }
}
