import { LimitExceededError } from '../../domain/access/limit-error.ts';
import type { StartedAction, StartedActions } from '../../domain/access/started-actions.ts';
import { StoreUnavailableError } from '../../domain/base/errors.ts';
import type { Clock } from '../../domain/base/ports.ts';
import { isTerminal } from '../../domain/state/job/transitions.ts';
import type { JobReader } from '../../domain/state/ports.ts';
import { maxOf, type WhatIsSaid } from '../doors/tenant-door.ts';
import type { SubmitDoor } from './submission.ts';

interface ActionDoorDependencies extends WhatIsSaid {
  readonly started: StartedActions;
  readonly store: JobReader;
  readonly clock: Pick<Clock, 'now'>;
}

/** Others may start a bulk action between a read and the write after it. */
const maxTries = 5;
/** So long after it was let in, a bulk action may have no item yet. Whose submission has died never has one. */
const itemWithinMs = 60_000;
/** How long a bulk action lasts, nobody knows. */
const retryAfterSeconds = 30;

/**
 * Lets so many bulk actions of a tenant in that so many are unfinished at most. Each that was let in is noted, and
 * whether it has ended its job says: so nothing has to be taken back, and a crash leaves nothing that stays. A tenant
 * without the limit costs no call.
 */
export class ActionDoor implements SubmitDoor {
  readonly #deps: ActionDoorDependencies;

  constructor(deps: ActionDoorDependencies) {
    this.#deps = deps;
  }

  /** @throws LimitExceededError, StoreUnavailableError, NewerVersionError */
  async enter(tenant: string, { id }: { readonly id: string }): Promise<void> {
    const { started, clock } = this.#deps;
    const limit = 'bulkActionsAtOnce';
    const max = await maxOf(tenant, limit, this.#deps);
    if (max === undefined) return;
    for (let tries = 1; tries <= maxTries; tries += 1) {
      const { changes, actions } = await started.read(tenant);
      // It was let in, and its submission is repeated.
      if (actions.some((action) => action.id === id)) return;
      const unfinished = await this.#unfinishedOf(actions);
      if (unfinished.length >= max) throw new LimitExceededError({ limit, max, retryAfterSeconds });
      const now = clock.now();
      const all = [...unfinished, { id, at: now }];
      if (await started.replace(tenant, { changes, actions: all, now })) return;
    }
    throw new StoreUnavailableError('the bulk actions of a tenant were changed by others again and again');
  }

  async #unfinishedOf(actions: readonly StartedAction[]): Promise<readonly StartedAction[]> {
    const { store, clock } = this.#deps;
    const jobs = await Promise.all(actions.map(({ id }) => store.read(id)));
    return actions.filter(({ at }, index) => {
      const job = jobs[index];
      return job ? !isTerminal(job.status) : clock.now() - at < itemWithinMs;
    });
  }
}
