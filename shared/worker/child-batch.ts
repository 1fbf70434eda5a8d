import type { Contracts, JobContract } from '../author/contract.ts';
import type { Child, ChildBatch, ChildResult, Children, JobContext, PayloadOf } from '../author/handler.ts';
import { ChildExpiredError, ChildrenFailedError, StepError, unreachable } from '../domain/base/errors.ts';
import { maxChildren } from '../domain/children/batch.ts';
import { hasSucceeded } from '../domain/state/transitions.ts';
import type { ChildEnd } from './child-ends.ts';
import type { Plan } from './job-children.ts';

/** The three calls that a handler's calls are made of. In a process of its own it asks its server for each. */
export interface ChildCalls {
  spawn(key: string, plan: Plan): Promise<void>;
  /** @returns how many have not succeeded */
  settled(key: string, plan: Plan): Promise<number>;
  /** @returns up to 100 */
  ends(key: string, from: number): Promise<readonly ChildEnd[]>;
}

/** Of so many children that did not succeed, an error names the errors. */
const maxNamed = 3;

/** What `JobContext.spawn` and `JobContext.call` do, whatever process the handler runs in. */
export function childrenOf(calls: ChildCalls, contracts: Contracts): Pick<JobContext, 'spawn' | 'call'> {
  const spawn = async <Contract extends JobContract>(
    key: string,
    contract: Contract,
    children: Children<Contract>,
  ): Promise<ChildBatch<Contract>> => {
    const plan = planOf(nameOf(contract, contracts), children);
    requireCount(key, plan);
    await calls.spawn(key, plan);
    return batchOf(calls, key, plan);
  };
  const call = async <Contract extends JobContract>(
    key: string,
    contract: Contract,
    payload: PayloadOf<Contract>,
  ): Promise<ChildResult<Contract>> => {
    const batch = await spawn(key, contract, { list: [payload] });
    await batch.succeeded();
    for await (const child of batch.results()) if ('result' in child) return child.result;
    throw new ChildrenFailedError(`"${key}" has no result`);
  };
  return { spawn, call };
}

/** A type's name is its key in the catalog. @throws StepError */
function nameOf(contract: JobContract, contracts: Contracts): string {
  const [name] = Object.entries(contracts).find(([, one]) => one === contract) ?? [];
  if (name !== undefined) return name;
  throw new StepError('the contract of the children is not in the catalog of contracts');
}

/** @throws StepError */
function requireCount(key: string, { count }: Plan): void {
  if (!(Number.isInteger(count) && count >= 0 && count <= maxChildren))
    throw new StepError(`"${key}" can have 0 to ${maxChildren} children`);
}

function planOf<Contract extends JobContract>(type: string, children: Children<Contract>): Plan {
  const { whenParentEnds = 'cancel' } = children;
  return 'list' in children
    ? { type, whenParentEnds, count: children.list.length, payload: (index) => children.list[index] }
    : { type, whenParentEnds, count: children.count, payload: children.payload };
}

function batchOf<Contract extends JobContract>(
  calls: ChildCalls,
  key: string,
  plan: Plan,
): ChildBatch<Contract> {
  const { count } = plan;
  const settled = async () => {
    const unsuccessful = await calls.settled(key, plan);
    return { succeeded: count - unsuccessful, unsuccessful };
  };
  const ends = async function* (): AsyncIterableIterator<ChildEnd> {
    await settled();
    for (let from = 0; from < count; ) {
      const some = await calls.ends(key, from);
      yield* some;
      from += some.length;
    }
  };
  return {
    key,
    count,
    settled,
    succeeded: async () => {
      const { unsuccessful } = await settled();
      if (unsuccessful > 0) throw await failureOf(key, { ends: ends(), unsuccessful, count });
    },
    results: async function* () {
      for await (const end of ends()) yield childOf<Contract>(key, end);
    },
  };
}

/** @throws ChildExpiredError */
function childOf<Contract extends JobContract>(key: string, end: ChildEnd): Child<Contract> {
  const { index, id, status } = end;
  switch (status) {
    case 'succeeded':
      // Its worker has checked it against the same contract.
      return { index, id, status, result: end.result as ChildResult<Contract> };
    case 'failed':
    case 'canceled':
      return { index, id, status, error: end.error ?? { name: 'Error', message: '' } };
    case 'expired':
      throw new ChildExpiredError(`child ${index} of "${key}" has ended, and is not kept any longer`);
    default:
      return unreachable(status);
  }
}

interface Failures {
  readonly ends: AsyncIterableIterator<ChildEnd>;
  readonly unsuccessful: number;
  readonly count: number;
}

async function failureOf(key: string, { ends, unsuccessful, count }: Failures): Promise<Error> {
  const named: string[] = [];
  for await (const { index, status, error } of ends) {
    if (status !== 'expired' && hasSucceeded(status)) continue;
    named.push(`${index}: ${error ? `${error.name}: ${error.message}` : status}`);
    if (named.length >= Math.min(maxNamed, unsuccessful)) break;
  }
  return new ChildrenFailedError(
    `${unsuccessful} of ${count} children of "${key}" have not succeeded: ${named.join('; ')}`,
  );
}
