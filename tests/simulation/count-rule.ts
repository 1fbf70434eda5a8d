import { countAgainMs } from '../../shared/domain/access/job-count.ts';
import type { CountScope, JobCounts } from '../../shared/domain/access/ports.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { waitingKeyOf } from '../../shared/domain/state/job/list-keys.ts';
import { type JobMessage, mustWait } from '../../shared/domain/state/job/message.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import { InMemoryJobCounts, scopeKeyOf } from '../../testkit/fakes/in-memory-job-counts.ts';
import type { Effect } from './effect.ts';
import type { Instance } from './instance.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** The index follows a write so late. */
const indexLagMs = 1_000;

/** What is known of the jobs that are counted together. */
class Tracked {
  /** What has come into the index, and what has left it. */
  readonly changes: { readonly at: number; readonly by: number }[] = [];
  readonly unfinished = new Set<string>();
  readonly notExpected = new Set<string>();
  readonly sent = new Set<string>();
}

/** Some jobs that are counted together, and how many of them there may be. */
interface Limited {
  readonly scope: CountScope;
  readonly max: number;
  /** Whether an item says that it is to be counted with them. */
  readonly says: (item: JobItem) => boolean;
  /** Whether it is one of them now. Absent: until it ends. */
  readonly isIn?: (item: JobItem) => boolean;
  /** Whether a submission is one of them. Absent: each is. */
  readonly asks?: (message: JobMessage) => boolean;
}

/** It passes no door. */
function checkChild({ id, counted, countedInGroup, countedWaits }: JobItem): void {
  if (counted || countedInGroup || countedWaits) throw new Violation('no child is counted', id);
}

/**
 * No more jobs are unfinished than each limit of their tenant lets in; beside those that are in the index so long after the door that
 * somebody has counted without them, those that were retried, and those that begin to wait later.
 */
export class CountRule {
  readonly counts: InMemoryJobCounts;
  readonly #world: World;
  readonly #tracked = new Map<string, Tracked>();

  constructor(world: World) {
    this.#world = world;
    this.counts = new InMemoryJobCounts(world.table.items);
  }

  /** What the index tells now. */
  indexed(scope: CountScope, upTo: number): number {
    const until = this.#world.time.now - indexLagMs;
    const { changes } = this.#of(scope);
    const known = changes.filter(({ at }) => at <= until).reduce((sum, { by }) => sum + by, 0);
    return Math.min(upTo, known);
  }

  /** Submit has sent the message of a job. */
  onSent(message: JobMessage): void {
    const { id, tenant, options } = message;
    for (const { scope, asks = () => true } of this.#limitsOf({ tenant, group: options.group })) {
      if (!asks(message)) continue;
      const { sent } = this.#of(scope);
      const raised = this.counts.raisedOf(scope);
      sent.add(id);
      if (sent.size <= raised) continue;
      const figures = `${sent.size} were sent, and ${raised} counted, ${scopeKeyOf(scope)}`;
      throw new Violation('a job is counted before it is sent', figures);
    }
  }

  onWrite(effect: Effect): void {
    const { after } = effect;
    if (after.erased) return;
    if (after.parent) checkChild(after);
    else for (const limited of this.#limitsOf(after)) this.#follow(limited, effect);
  }

  #follow({ scope, max, says, isIn = () => true }: Limited, { before, after, now }: Effect): void {
    if (!says(after)) throw new Violation('a job that the limit has let in is counted', after.id);
    const isCounted = (item: JobItem | undefined): boolean =>
      item !== undefined && says(item) && !isTerminal(item.status) && isIn(item);
    if (isCounted(before) === isCounted(after)) return;
    const { changes, unfinished, notExpected } = this.#of(scope);
    changes.push({ at: now, by: isCounted(after) ? 1 : -1 });
    if (!isCounted(after)) {
      unfinished.delete(after.id);
      notExpected.delete(after.id);
      return;
    }
    unfinished.add(after.id);
    if (before || now - after.createdAt > countAgainMs - indexLagMs) notExpected.add(after.id);
    if (unfinished.size - max <= notExpected.size) return;
    const figures = `${unfinished.size} are unfinished, of ${max}, ${scopeKeyOf(scope)}`;
    throw new Violation('no more jobs are unfinished than the limit lets in', figures);
  }

  #limitsOf({ tenant, group }: Pick<JobItem, 'tenant' | 'group'>): readonly Limited[] {
    const { unfinishedJobs, unfinishedJobsOfGroup, waitingJobs } = this.#world.settings;
    const all: Limited[] = [];
    if (unfinishedJobs !== undefined)
      all.push({
        scope: { tenant, limit: 'unfinishedJobs' },
        max: unfinishedJobs,
        says: ({ counted }) => counted === true,
      });
    if (unfinishedJobsOfGroup !== undefined && group !== undefined)
      all.push({
        scope: { tenant, limit: 'unfinishedJobsOfGroup', group },
        max: unfinishedJobsOfGroup,
        says: ({ countedInGroup }) => countedInGroup === true,
      });
    if (waitingJobs !== undefined)
      all.push({
        scope: { tenant, limit: 'waitingJobs' },
        max: waitingJobs,
        says: ({ counted, countedWaits }) => counted === true && countedWaits === true,
        // The rule of lists checks that these are the jobs that wait.
        isIn: ({ listKey = '', failedKey }) => failedKey === waitingKeyOf(listKey),
        asks: (message) => mustWait(message, message.submittedAt),
      });
    return all;
  }

  #of(scope: CountScope): Tracked {
    const key = scopeKeyOf(scope);
    const tracked = this.#tracked.get(key) ?? new Tracked();
    this.#tracked.set(key, tracked);
    return tracked;
  }
}

/** The numbers at the door as one instance sees them. */
export function countPort({ countRule, say }: World, instance: Instance): JobCounts {
  const { counts } = countRule;
  return {
    read: (scope) => instance.call('table', 'read a number of jobs', () => counts.read(scope)),
    raise: (raising) =>
      instance.call('table', 'count jobs in', async () => {
        const raised = await counts.raise(raising);
        say(`${instance.name}:    ${raised ? `-> ${raised.count}` : 'refused'}`);
        return raised;
      }),
    count: (scope, upTo) =>
      instance.call('table', 'count the index', async () => countRule.indexed(scope, upTo)),
    create: (scope, unfinished, now) =>
      instance.call('table', 'create a number of jobs', () => counts.create(scope, unfinished, now)),
    begin: (scope, seenAt, now) =>
      instance.call('table', 'begin to count', async () => {
        const begun = await counts.begin(scope, seenAt, now);
        say(`${instance.name}:    ${begun ? `begins at -> ${begun.count}` : 'refused'}`);
        return begun;
      }),
    settle: (scope, begunAt, gone) =>
      instance.call('table', 'settle a number of jobs', async () => {
        const isDone = await counts.settle(scope, begunAt, gone);
        say(
          `${instance.name}:    ${isDone ? `${gone} less -> ${(await counts.read(scope))?.count}` : 'refused'}`,
        );
        return isDone;
      }),
  };
}
