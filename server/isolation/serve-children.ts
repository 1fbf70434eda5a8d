import { type Contracts, contractOf, type JobContract } from '../../shared/author/contract.ts';
import type { Child, ChildBatch, JobContext } from '../../shared/author/handler.ts';
import { StepError } from '../../shared/domain/base/errors.ts';
import type { Question } from './messages.ts';

interface Served {
  readonly batch: ChildBatch<JobContract>;
  /** What goes on from an index: the handler may look at the children more than once. */
  readonly goingOn: Map<number, Pick<AsyncIterator<Child<JobContract>>, 'next'>>;
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

  async spawn({ key, type, payloads, whenParentEnds }: Extract<Question, { name: 'spawn' }>): Promise<void> {
    const contract = contractOf(this.#contracts, type);
    if (!contract) throw new StepError(`"${type}" is no type of this project`);
    const batch = await this.#job.spawn(key, contract, { list: payloads, whenParentEnds });
    this.#served.set(key, { batch, goingOn: new Map() });
  }

  batchOf(key: string): ChildBatch<JobContract> {
    return this.#find(key).batch;
  }

  async settled(key: string): Promise<number> {
    return (await this.#find(key).batch.settled()).unsuccessful;
  }

  /** @returns those from an index on. One that is gone fails the call that begins with it */
  async ends({ key, from }: Extract<Question, { name: 'ends' }>): Promise<readonly Child<JobContract>[]> {
    const { batch, goingOn } = this.#find(key);
    const results = goingOn.get(from) ?? (await resultsFrom(batch, from));
    goingOn.delete(from);
    const page: Child<JobContract>[] = [];
    while (page.length < pageSize) {
      const next = results.next();
      if (page.length > 0 && (await isRefused(next))) {
        goingOn.set(from + page.length, { next: () => next });
        return page;
      }
      const { done, value } = await next;
      if (done) return page;
      page.push(value);
    }
    goingOn.set(from + page.length, results);
    return page;
  }

  #find(key: string): Served {
    const served = this.#served.get(key);
    if (served) return served;
    throw new StepError(`"${key}" is no batch of this job`);
  }
}

async function resultsFrom(batch: ChildBatch<JobContract>, from: number) {
  const results = batch.results();
  for (let index = 0; index < from; index += 1) await results.next();
  return results;
}

const isRefused = (call: Promise<unknown>): Promise<boolean> =>
  call.then(
    () => false,
    () => true,
  );
