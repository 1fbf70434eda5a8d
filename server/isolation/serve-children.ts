import { type Contracts, contractOf, type JobContract } from '../../shared/author/contract.ts';
import type { Child, ChildBatch, JobContext, SettledChildren } from '../../shared/author/handler.ts';
import { StepError } from '../../shared/domain/base/errors.ts';
import type { ChildEnd } from '../../shared/worker/children/child-ends.ts';
import type { Question } from './messages.ts';

type Results = Pick<AsyncIterator<Child<JobContract>>, 'next'>;

interface Served {
  readonly batch: ChildBatch<JobContract>;
  /** What goes on from an index: the handler may look at the children more than once. */
  readonly goingOn: Map<number, Results>;
}

/** So many children are sent at a time. */
const pageSize = 100;

/** The children that the process of a job has spawned, by their key. */
export class ServedChildren {
  readonly #job: JobContext;
  readonly #contracts: Contracts;
  readonly #served = new Map<string, Served>();

  constructor(job: JobContext, contracts: Contracts) {
    this.#job = job;
    this.#contracts = contracts;
  }

  async spawn(asked: Extract<Question, { name: 'spawn' }>): Promise<void> {
    const { key, type, payloads: list, groups, tags: all, whenParentEnds, any, tolerate } = asked;
    const contract = contractOf(this.#contracts, type);
    if (!contract) throw new StepError(`"${type}" is no type of this project`);
    const group = groups && ((index: number) => groups[index]);
    const tags = all && ((_payload: unknown, index: number) => all[index] ?? []);
    const options = { group, tags, whenParentEnds, any, tolerate };
    const batch = await this.#job.spawn(key, contract, { list, ...options });
    this.#served.set(key, { batch, goingOn: new Map() });
  }

  batchOf(key: string): ChildBatch<JobContract> {
    return this.#find(key).batch;
  }

  settled(key: string): Promise<SettledChildren> {
    return this.#find(key).batch.settled();
  }

  /** @returns those from an index on. One that is gone fails the call that begins with it */
  async ends({ key, from }: Extract<Question, { name: 'ends' }>): Promise<readonly ChildEnd[]> {
    return (await this.#page({ key, from })).map((child) => this.#sent(child));
  }

  /** A function has no clone: the process gets the name alone. */
  #sent(child: Child<JobContract>): ChildEnd {
    if (!('result' in child)) return child;
    const { output, ...rest } = child;
    if (!output) return rest;
    const { name, bytes, contentType } = output;
    return { ...rest, output: { name, bytes, contentType } };
  }

  async #page({
    key,
    from,
  }: Pick<Extract<Question, { name: 'ends' }>, 'key' | 'from'>): Promise<readonly Child<JobContract>[]> {
    const { batch, goingOn } = this.#find(key);
    const results = goingOn.get(from) ?? (await resultsFrom(batch, from));
    goingOn.delete(from);
    const page: Child<JobContract>[] = [];
    while (page.length < pageSize) {
      const next = results.next();
      if (page.length > 0 && (await isRefused(next))) {
        goingOn.set(behind(page), { next: () => next });
        return page;
      }
      const { done, value } = await next;
      if (done) break;
      page.push(value);
    }
    if (page.length > 0) goingOn.set(behind(page), results);
    return page;
  }

  #find(key: string): Served {
    const served = this.#served.get(key);
    if (served) return served;
    throw new StepError(`"${key}" is no batch of this job`);
  }
}

/** The index behind those of a page. */
const behind = (page: readonly Child<JobContract>[]): number => (page.at(-1)?.index ?? -1) + 1;

/** @returns what goes on with the first child that has this index or a higher one */
async function resultsFrom(batch: ChildBatch<JobContract>, from: number): Promise<Results> {
  const results = batch.results();
  if (from === 0) return results;
  let first = await results.next();
  while (!first.done && first.value.index < from) first = await results.next();
  let isFirst = true;
  return {
    next: () => {
      if (!isFirst) return results.next();
      isFirst = false;
      return Promise.resolve(first);
    },
  };
}

const isRefused = (call: Promise<unknown>): Promise<boolean> =>
  call.then(
    () => false,
    () => true,
  );
