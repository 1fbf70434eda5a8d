import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { Effect } from './effect.ts';
import { Violation } from './violation.ts';

/** Another service, in which jobs start something that lasts. */
export class Elsewhere {
  /** The jobs whose work runs there. */
  readonly #running = new Set<string>();
  /** How many more calls of `cancel` it refuses. */
  refusals = 0;

  start(jobId: string): void {
    this.#running.add(jobId);
  }

  end(jobId: string): void {
    this.#running.delete(jobId);
  }

  /** Ends what a canceled job has started. */
  cancel(jobId: string): void {
    if (this.refusals > 0) {
      this.refusals -= 1;
      throw new Error('the other service is throttled');
    }
    this.#running.delete(jobId);
  }

  onWrite({ after: { id, status, error } }: Effect): void {
    // The item says that what was started may still run: nobody has the message that was to end it.
    if (status === 'canceled' && error?.name === 'MessageLostError') this.#running.delete(id);
    if (status === 'canceled' && this.#running.has(id))
      throw new Violation('what a job has started elsewhere ends before the job is canceled', id);
  }

  onEnd(items: ReadonlyMap<string, JobItem>): void {
    for (const id of this.#running)
      if (items.get(id)?.status === 'canceled')
        throw new Violation('nothing that a canceled job has started runs on', id);
  }
}
