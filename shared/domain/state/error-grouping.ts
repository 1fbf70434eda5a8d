import { asError } from '../base/errors.ts';
import type { Clock, Log } from '../base/ports.ts';
import { RecentMap } from '../base/recent-map.ts';
import { withinTime } from '../base/within-time.ts';
import type { ErrorGroups } from './failures/error-groups.ts';
import { type Failure, failureOf } from './failures/failure.ts';
import type { JobItem } from './job/item.ts';

interface GroupingDependencies {
  readonly groups: ErrorGroups;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
}

/** The table has answered a moment ago. If it does not answer now, the job's message must not wait for it. */
const maxMs = 1_000;
/**
 * A build that fails everything must not throttle one item: a process writes to a full group so often, and not more.
 */
const fullEveryMs = 60_000;
/** Of so many full groups a process knows that they are full. */
const maxKnown = 1_000;

/** Puts each job that failed for good into the group of its error. */
export class ErrorGrouping {
  readonly #deps: GroupingDependencies;
  /** When each group that is full may be written to again, epoch milliseconds. No group ever gets room again. */
  readonly #full = new RecentMap<string, number>(maxKnown);

  constructor(deps: GroupingDependencies) {
    this.#deps = deps;
  }

  /**
   * Groups a job's end, if it is a failure. The groups are a view: if the table cannot be written to, a line says so,
   * and nothing else happens. Never rejects.
   * @param item of a job whose end is stored
   */
  async add(item: JobItem): Promise<void> {
    const failure = failureOf(item);
    if (!failure) return;
    const { clock, log } = this.#deps;
    const tooLate = () => new Error(`the table did not answer within ${maxMs} ms`);
    const limit = { milliseconds: maxMs, tooLate };
    await withinTime((signal) => this.#write(failure, signal), limit, clock).catch((thrown: unknown) =>
      log.warn('failure not grouped', { jobId: item.id, error: asError(thrown) }),
    );
  }

  async #write(failure: Failure, signal: AbortSignal): Promise<void> {
    const { groups, clock } = this.#deps;
    const mayWriteAt = this.#full.get(failure.groupId);
    if (mayWriteAt === undefined) {
      // When the time is over, nobody waits for a second call: the process may be gone.
      if ((await groups.add(failure)) || signal.aborted) return;
      if (await groups.addToFull(failure)) this.#remember(failure);
    } else if (clock.now() >= mayWriteAt) {
      // Before the call: the other jobs of a batch must not make it, too.
      this.#remember(failure);
      await groups.addToFull(failure);
    }
  }

  #remember({ groupId }: Failure): void {
    this.#full.set(groupId, this.#deps.clock.now() + fullEveryMs);
  }
}
