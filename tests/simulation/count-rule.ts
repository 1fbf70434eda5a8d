import { countAgainMs } from '../../shared/domain/access/job-count.ts';
import type { JobCounts } from '../../shared/domain/access/ports.ts';
import type { JobItem } from '../../shared/domain/state/item.ts';
import { isTerminal } from '../../shared/domain/state/transitions.ts';
import { InMemoryJobCounts } from '../../testkit/fakes/in-memory-job-counts.ts';
import type { Effect } from './effect.ts';
import type { Instance } from './instance.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** The index follows a write so late. */
const indexLagMs = 1_000;

const isCounted = (item: JobItem | undefined): boolean => item?.counted === true && !isTerminal(item.status);

/**
 * No more jobs are unfinished than the limit of their tenant lets in; beside those that are in the index so long after the door that
 * somebody has counted without them, and those that were retried.
 */
export class CountRule {
  readonly counts: InMemoryJobCounts;
  readonly #world: World;
  /** What has come into the index, and what has left it. */
  readonly #changes: { readonly at: number; readonly by: number }[] = [];
  readonly #unfinished = new Set<string>();
  readonly #notExpected = new Set<string>();
  readonly #sent = new Set<string>();

  constructor(world: World) {
    this.#world = world;
    this.counts = new InMemoryJobCounts(world.table.items);
  }

  /** What the index tells now. */
  indexed(upTo: number): number {
    const until = this.#world.time.now - indexLagMs;
    const known = this.#changes.filter(({ at }) => at <= until).reduce((sum, { by }) => sum + by, 0);
    return Math.min(upTo, known);
  }

  /** Submit has sent the message of a job. */
  onSent(id: string): void {
    if (this.#world.settings.unfinishedJobs === undefined) return;
    this.#sent.add(id);
    if (this.#sent.size <= this.counts.raised) return;
    const figures = `${this.#sent.size} were sent, and ${this.counts.raised} counted`;
    throw new Violation('a job is counted before it is sent', figures);
  }

  onWrite({ before, after, now }: Effect): void {
    const { unfinishedJobs: max } = this.#world.settings;
    if (max === undefined) return;
    if (!after.counted && !after.erased)
      throw new Violation('a job that the limit has let in is counted', after.id);
    if (isCounted(before) === isCounted(after)) return;
    this.#changes.push({ at: now, by: isCounted(after) ? 1 : -1 });
    if (!isCounted(after)) {
      this.#unfinished.delete(after.id);
      this.#notExpected.delete(after.id);
      return;
    }
    this.#unfinished.add(after.id);
    if (before || now - after.createdAt > countAgainMs - indexLagMs) this.#notExpected.add(after.id);
    if (this.#unfinished.size - max <= this.#notExpected.size) return;
    const figures = `${this.#unfinished.size} are unfinished, of ${max}`;
    throw new Violation('no more jobs are unfinished than the limit lets in', figures);
  }
}

/** The numbers at the door as one instance sees them. */
export function countPort({ countRule, say }: World, instance: Instance): JobCounts {
  const { counts } = countRule;
  return {
    read: (tenant) => instance.call('table', 'read a number of jobs', () => counts.read(tenant)),
    raise: (raising) =>
      instance.call('table', 'count jobs in', async () => {
        const raised = await counts.raise(raising);
        say(`${instance.name}:    ${raised ? `-> ${raised.count}` : 'refused'}`);
        return raised;
      }),
    count: (_, upTo) => instance.call('table', 'count the index', async () => countRule.indexed(upTo)),
    create: (tenant, unfinished, now) =>
      instance.call('table', 'create a number of jobs', () => counts.create(tenant, unfinished, now)),
    begin: (tenant, seenAt, now) =>
      instance.call('table', 'begin to count', async () => {
        const begun = await counts.begin(tenant, seenAt, now);
        say(`${instance.name}:    ${begun ? `begins at -> ${begun.count}` : 'refused'}`);
        return begun;
      }),
    settle: (tenant, begunAt, gone) =>
      instance.call('table', 'settle a number of jobs', async () => {
        const isDone = await counts.settle(tenant, begunAt, gone);
        say(
          `${instance.name}:    ${isDone ? `${gone} less -> ${(await counts.read(tenant))?.count}` : 'refused'}`,
        );
        return isDone;
      }),
  };
}
