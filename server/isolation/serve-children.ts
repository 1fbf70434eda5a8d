import { type Contracts, contractOf, type JobContract } from '../../shared/author/contract.ts';
import type { Child, ChildBatch, JobContext } from '../../shared/author/handler.ts';
import { StepError } from '../../shared/domain/base/errors.ts';
import type { Question } from './messages.ts';

interface Served {
  readonly batch: ChildBatch<JobContract>;
  readonly results: AsyncIterator<Child<JobContract>>;
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
    this.#served.set(key, { batch, results: batch.results() });
  }

  async settled(key: string): Promise<number> {
    return (await this.#find(key).batch.settled()).unsuccessful;
  }

  /** @returns those that come next, as each is asked for once */
  async ends(key: string): Promise<readonly Child<JobContract>[]> {
    const { results } = this.#find(key);
    const page: Child<JobContract>[] = [];
    while (page.length < pageSize) {
      const { done, value } = await results.next();
      if (done) break;
      page.push(value);
    }
    return page;
  }

  #find(key: string): Served {
    const served = this.#served.get(key);
    if (served) return served;
    throw new StepError(`"${key}" is no batch of this job`);
  }
}
