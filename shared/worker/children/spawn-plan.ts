import { type Contracts, canBeInGroup, contractOf, type JobContract } from '../../author/contract.ts';
import type { SpawnOptions } from '../../author/handler.ts';
import { PlanChangedError, StepError, UnlistedContractError } from '../../domain/base/errors.ts';
import { leftOf, partOf } from '../../domain/children/allowance.ts';
import { maxDepth } from '../../domain/children/batch.ts';
import type { JobMessage } from '../../domain/state/job/message.ts';
import type { BatchRecord } from '../../domain/state/stored/saved-steps.ts';
import type { StepMemo } from '../steps/step-memo.ts';

/** What a handler asks for under a key, and what a job may ask for. */

export interface Plan extends SpawnOptions {
  readonly type: string;
  readonly count: number;
  /** Of one child. It must be the same in every attempt. */
  readonly payload: (index: number) => unknown;
  /** That of one child, which must be the same in every attempt, too. */
  readonly group?: (index: number) => string | undefined;
  /** Those of one child, of its payload. */
  readonly tags?: (payload: unknown, index: number) => readonly string[];
}

type Parent = Pick<JobMessage, 'parent'>;
/** What the message of a job says of the groups that it and its ancestors are in. */
export type InGroups = Parent & { readonly options: Pick<JobMessage['options'], 'group'> };

/** They are held as long as the job waits for its children. */
export const heldGroups = ({ parent, options: { group } }: InGroups): string[] => [
  ...(parent?.groups ?? []),
  ...(group === undefined ? [] : [group]),
];

interface Grouping {
  readonly message: InGroups;
  readonly contracts: Contracts;
  readonly childQueues: { readonly ordered?: unknown };
}

/** Checks that each of these children may be in its group. @throws StepError */
export function requireGroups(
  key: string,
  children: readonly JobMessage[],
  { message, contracts, childQueues }: Grouping,
): void {
  const held = heldGroups(message);
  for (const { type, parent, options } of children) {
    const { group } = options;
    if (group === undefined) continue;
    const which = `child ${parent?.index} of "${key}" cannot be in the group "${group}"`;
    if (held.includes(group))
      throw new StepError(
        `${which}: this job or an ancestor is in it, and would wait for the child, which waits for the group`,
      );
    if (!canBeInGroup(contracts, type))
      throw new StepError(`${which}: jobs of its type run on servers, which keep no order`);
    if (!childQueues.ordered) throw new StepError(`${which}: this job cannot send to groups`);
  }
}

/** @throws StepError */
export function requirePlan(
  { type }: Plan,
  { parent }: Parent,
  {
    contracts,
    childQueues,
  }: { readonly contracts: Contracts; readonly childQueues: Readonly<Record<string, unknown>> },
): void {
  if ((parent?.depth ?? 0) >= maxDepth)
    throw new StepError(`a job with ${maxDepth} ancestors spawns no children`);
  const contract = contractOf(contracts, type);
  if (!contract || contract.reserved !== undefined)
    throw new StepError(`"${type}" is no type of this project`);
  if (contract.unique || contract.debounce)
    throw new StepError(
      `jobs of the type "${type}" are ${contract.unique ? 'unique' : 'debounced'}, and may be those of others: submit them, as children are no one else's`,
    );
  if (!childQueues[contract.queue])
    throw new StepError(`children of the type "${type}" cannot run from the queue ${contract.queue}`);
}

/** @throws PlanChangedError */
export function requireSame(
  key: string,
  before: Pick<BatchRecord, 'type' | 'count' | 'any' | 'tolerate'> | undefined,
  { type, count, any, tolerate }: Plan,
): void {
  if (!before) return;
  if (before.type !== type || before.count !== count)
    throw new PlanChangedError(
      `"${key}" was ${before.count} children of the type "${before.type}", and is ${count} of "${type}" now`,
    );
  if (before.any !== any || before.tolerate !== tolerate)
    throw new PlanChangedError(`\`any\` or \`tolerate\` of "${key}" was another number before`);
}

interface Allowing {
  readonly message: Parent;
  readonly memo: Pick<StepMemo, 'records'>;
  readonly contracts: Contracts;
  readonly spawnAllowance: number;
}

/**
 * What the batch takes of the job's allowance: stored, so that every later attempt hands down the same. @throws
 * StepError
 */
export function takenBy(
  key: string,
  { type, count }: Plan,
  { message, memo, contracts, spawnAllowance }: Allowing,
): number {
  const before = memo.records.flatMap(({ batch }) => batch ?? []);
  const left = leftOf(message.parent?.allowance ?? spawnAllowance, before);
  if (count > left)
    throw new StepError(
      `"${key}" would be ${count} children, and this job may spawn ${Math.max(0, left)} more: all descendants of one job are ${spawnAllowance} at most (the stage parameter spawnAllowance), and each batch hands down a part of that`,
    );
  return partOf(left, { count, before: before.length, maySpawn: spawnsJobs(contracts, type) });
}

/** Others need no allowance. */
export const spawnsJobs = (contracts: Contracts, type: string): boolean =>
  contractOf(contracts, type)?.hasSteps ?? false;

/** The name of a type is the key of its contract in the catalog. @param of whose contract it is @throws UnlistedContractError */
export function typeOf(contract: JobContract, contracts: Contracts, of: string): string {
  const [name] = Object.entries(contracts).find(([, one]) => one === contract) ?? [];
  if (name !== undefined) return name;
  throw new UnlistedContractError(
    `the contract of ${of} is in no catalog: add a line to job-types/contracts.ts, and deploy`,
  );
}
