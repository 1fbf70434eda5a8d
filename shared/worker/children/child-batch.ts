import type * as z from 'zod/mini';
import type { Contracts, JobContract } from '../../author/contract.ts';
import type {
  Child,
  ChildBatch,
  ChildOutput,
  ChildResult,
  Children,
  JobContext,
  SettledChildren,
  SubmittedPayload,
} from '../../author/handler.ts';
import { mask } from '../../author/secret-fields.ts';
import { defined } from '../../domain/base/defined.ts';
import { ChildExpiredError, ChildrenFailedError, StepError, unreachable } from '../../domain/base/errors.ts';
import { maxChildren, maxEarly } from '../../domain/children/batch.ts';
import type { StoredObject } from '../../domain/objects/stored-object.ts';
import { groupName, tagList } from '../../domain/state/job/short-text.ts';
import { hasSucceeded } from '../../domain/state/job/transitions.ts';
import type { ChildEnd } from './child-ends.ts';
import { type Plan, typeOf } from './spawn-plan.ts';

/** The calls that a handler's calls are made of. In a process of its own it asks its server for each. */
export interface ChildCalls {
  spawn(key: string, plan: Plan): Promise<void>;
  settled(key: string, plan: Plan): Promise<SettledChildren>;
  /** @returns up to 100 from an index on, and none only if there are no more */
  ends(key: string, from: number): Promise<readonly ChildEnd[]>;
  /** Reads what a child has streamed. @param name as `ends` says it */
  read(name: string, from: number): AsyncIterable<Uint8Array>;
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
    const plan = planOf(key, { contract, type: typeOf(contract, contracts, 'the children') }, children);
    requireCount(key, plan);
    requireBounds(key, plan);
    await calls.spawn(key, plan);
    return batchOf(calls, key, plan);
  };
  const call = async <Contract extends JobContract>(
    key: string,
    contract: Contract,
    payload: SubmittedPayload<Contract>,
  ): Promise<ChildResult<Contract>> => {
    const batch = await spawn(key, contract, { list: [payload] });
    await batch.succeeded();
    for await (const child of batch.results()) if ('result' in child) return child.result;
    throw new ChildrenFailedError(`"${key}" has no result`);
  };
  return { spawn, call };
}

/** @throws StepError */
function requireCount(key: string, { count }: Plan): void {
  if (!(Number.isInteger(count) && count >= 0 && count <= maxChildren))
    throw new StepError(`"${key}" can have 0 to ${maxChildren} children`);
}

/** @throws StepError */
function requireBounds(key: string, { count, any, tolerate }: Plan): void {
  const bounds = [
    ['any', any, 1, Math.min(maxEarly, count)],
    ['tolerate', tolerate, 0, maxEarly],
  ] as const;
  for (const [name, value, min, max] of bounds)
    if (value !== undefined && !(Number.isInteger(value) && value >= min && value <= max))
      throw new StepError(`\`${name}\` of "${key}" must be a whole number from ${min} to ${max}`);
}

interface ChildType<Contract> {
  readonly contract: Contract;
  readonly type: string;
}

function planOf<Contract extends JobContract>(
  key: string,
  { contract, type }: ChildType<Contract>,
  children: Children<Contract>,
): Plan {
  const { whenParentEnds = 'cancel', any, tolerate, group: asked, tags: tagsOf } = children;
  const group =
    asked === undefined
      ? undefined
      : (index: number) => {
          const said = typeof asked === 'string' ? asked : asked(index);
          return said === undefined
            ? said
            : readSaid(`the group of child ${index} of "${key}"`, groupName, said);
        };
  const tags =
    tagsOf &&
    ((payload: unknown, index: number) => {
      // What is masked has the shape of the payload.
      const said = tagsOf(mask(contract.payload, payload) as SubmittedPayload<Contract>, index);
      return readSaid(`the tags of child ${index} of "${key}":`, tagList, said);
    });
  const options = { type, whenParentEnds, ...defined({ any, tolerate, group, tags }) };
  return { ...options, ...payloadsOf(key, children) };
}

/** How many children there are, and what each gets. @throws StepError */
export function payloadsOf<Contract extends JobContract>(
  key: string,
  children: Children<Contract>,
): Pick<Plan, 'count' | 'payload'> {
  const { chunk } = children;
  const given: Pick<Plan, 'count' | 'payload'> =
    'list' in children
      ? { count: children.list.length, payload: (index) => children.list[index] }
      : { count: children.count, payload: children.payload };
  if (chunk === undefined) return given;
  if (!(Number.isInteger(chunk) && chunk >= 1))
    throw new StepError(`\`chunk\` of "${key}" must be a whole number, and at least 1`);
  return {
    count: Math.ceil(given.count / chunk),
    payload: (index) => {
      const from = index * chunk;
      const length = Math.min(chunk, given.count - from);
      return Array.from({ length }, (_, at) => given.payload(from + at));
    },
  };
}

/** What a handler says of a child, by the rules of a submission: one without types may return anything. @throws StepError */
function readSaid<T>(what: string, schema: z.ZodMiniType<T>, said: unknown): T {
  const { success, error, data } = schema.safeParse(said);
  if (success) return data;
  throw new StepError(`${what} ${error.issues[0]?.message}`);
}

/** Whether what the children have come to is what was asked for. */
const isFulfilled = ({ any, tolerate = 0 }: Plan, { succeeded, unsuccessful }: SettledChildren): boolean =>
  any === undefined ? unsuccessful <= tolerate : succeeded >= any;

function batchOf<Contract extends JobContract>(
  calls: ChildCalls,
  key: string,
  plan: Plan,
): ChildBatch<Contract> {
  const { count } = plan;
  const settled = () => calls.settled(key, plan);
  const ends = async function* (): AsyncIterableIterator<ChildEnd> {
    await settled();
    for (let from = 0; from < count; ) {
      const some = await calls.ends(key, from);
      yield* some;
      const last = some.at(-1);
      if (!last) return;
      from = last.index + 1;
    }
  };
  return {
    key,
    count,
    settled,
    succeeded: async () => {
      const end = await settled();
      if (isFulfilled(plan, end)) return;
      throw await failureOf(key, { ends: ends(), unsuccessful: end.unsuccessful, count });
    },
    results: async function* () {
      for await (const end of ends()) yield childOf<Contract>(calls, key, end);
    },
  };
}

/** @throws ChildExpiredError */
function childOf<Contract extends JobContract>(
  calls: Pick<ChildCalls, 'read'>,
  key: string,
  end: ChildEnd,
): Child<Contract> {
  const { index, id, status } = end;
  switch (status) {
    case 'succeeded':
      // Its worker has checked it against the same contract.
      return {
        ...{ index, id, status },
        result: end.result as ChildResult<Contract>,
        ...(end.output ? { output: outputOf(calls, end.output) } : {}),
      };
    case 'failed':
    case 'canceled':
      return { index, id, status, error: end.error ?? { name: 'Error', message: '' } };
    case 'expired':
      throw new ChildExpiredError(`child ${index} of "${key}" has ended, and is not kept any longer`);
    default:
      return unreachable(status);
  }
}

const outputOf = (
  calls: Pick<ChildCalls, 'read'>,
  { name, bytes, contentType }: StoredObject,
): ChildOutput => ({
  name,
  bytes,
  contentType,
  stream: ({ from = 0 } = {}) => calls.read(name, from),
});

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
