import type { JobItem } from '../contracts/job-item.ts';
import { type Origin, type Requirement, type TransitionName, transitions } from '../job.ts';

export type Attribute = keyof JobItem;

/** One test of one attribute. A comparison with an absent attribute is false, as it is in DynamoDB. */
export type Test =
  | { readonly attribute: Attribute; readonly absent: true }
  | { readonly attribute: Attribute; readonly equals: string | number | boolean }
  | { readonly attribute: Attribute; readonly atMost: number }
  | { readonly attribute: Attribute; readonly absentOrAtMost: number }
  /** Of a set. */
  | { readonly attribute: Attribute; readonly absentOrSmallerThan: number }
  | { readonly attribute: Attribute; readonly below: Attribute }
  | { readonly attribute: Attribute; readonly notBelow: Attribute };

/** So many jobs are woken by one; further ones may wait for it, but look again by themselves. */
export const mostDependents = 500;

/** Holds if every test of at least one alternative holds. */
export type Condition = readonly (readonly Test[])[];

/** What the writer knows: its clock, and of the rest only what the transition requires. */
export interface Facts {
  readonly now: number;
  readonly fingerprint?: string;
  readonly run?: number;
  readonly token?: number;
  /** Of the lease that is to be written. */
  readonly leaseUntil?: number | undefined;
  /** Of the item, when it was read. */
  readonly updatedAt?: number;
}

/**
 * Derives the condition of a transition from the table of states.
 * @throws TypeError if a fact that the transition requires is missing: a write must never go out unguarded.
 */
export function conditionOf(name: TransitionName, facts: Facts): Condition {
  const { from, requires } = transitions[name];
  const required = requires.flatMap((requirement) => requirementTests(requirement, facts));
  return from.map((origin) =>
    origin === 'absent' ? originTests(origin, facts) : [...originTests(origin, facts), ...required],
  );
}

function originTests(origin: Origin, facts: Facts): readonly Test[] {
  switch (origin) {
    case 'absent':
      return [{ attribute: 'id', absent: true }];
    case 'expired':
      return [
        { attribute: 'status', equals: 'running' },
        { attribute: 'leaseUntil', atMost: facts.now },
      ];
    default:
      return [{ attribute: 'status', equals: origin }];
  }
}

function requirementTests(requirement: Requirement, facts: Facts): readonly Test[] {
  switch (requirement) {
    case 'sameRequest':
      return [
        { attribute: 'fingerprint', equals: known('fingerprint', facts.fingerprint) },
        { attribute: 'run', equals: known('run', facts.run) },
      ];
    case 'token':
      return [{ attribute: 'token', equals: known('token', facts.token) }];
    case 'due':
      return [
        { attribute: 'notBefore', absentOrAtMost: facts.now },
        { attribute: 'runAt', absentOrAtMost: facts.now },
      ];
    case 'attemptsLeft':
      return [{ attribute: 'attempt', below: 'maxAttempts' }];
    case 'attemptsSpent':
      return [{ attribute: 'attempt', notBelow: 'maxAttempts' }];
    case 'notCanceling':
      return [{ attribute: 'cancelRequested', absent: true }];
    case 'canceling':
      return [{ attribute: 'cancelRequested', equals: true }];
    case 'noSavedMessage':
      return [{ attribute: 'message', absent: true }];
    case 'room':
      return [{ attribute: 'dependents', absentOrSmallerThan: mostDependents }];
    case 'latest':
      return [{ attribute: 'leaseUntil', atMost: known('leaseUntil', facts.leaseUntil) }];
    case 'asRead':
      return [{ attribute: 'updatedAt', equals: known('updatedAt', facts.updatedAt) }];
  }
}

function known<T>(name: string, value: T | undefined): T {
  if (value === undefined) throw new TypeError(`a write that requires "${name}" was given none`);
  return value;
}
