import type * as base from '../../base/condition.ts';
import { asRead } from '../../base/condition.ts';
import { currentVersion } from '../../base/version.ts';
import type { JobItem } from '../job/item.ts';
import { maxDependents } from '../job/item-budget.ts';
import {
  type Origin,
  type Requirement,
  type Transition,
  type TransitionName,
  transitions,
} from '../job/transitions.ts';

export type Attribute = keyof JobItem;

/** One test of one attribute, of those that writes of jobs need. */
export type Test = base.Test<
  Attribute,
  'absent' | 'equals' | 'atMost' | 'absentOrAtMost' | 'absentOrSmallerThan' | 'below' | 'notBelow'
>;

/** Holds if every test of at least one alternative holds. */
export type Condition = readonly (readonly Test[])[];

/** What the writer knows: its clock, and otherwise only what the transition requires. */
export interface Facts {
  readonly now: number;
  readonly fingerprint?: string;
  readonly run?: number;
  readonly fencingToken?: number;
  /** The end of the lease that is written. */
  readonly leaseUntil?: number | undefined;
  /** By when the job must have started, as its message has it. */
  readonly startBefore?: number | undefined;
  /** As the item had it when it was read; undefined if there was none. */
  readonly updatedAt?: number | undefined;
  /** As the item had it when it was read. */
  readonly messageObject?: string | undefined;
  /** As the item had it when it was read. */
  readonly finishedAt?: number | undefined;
  /** As the item had it when it was read. */
  readonly notification?: string | undefined;
  /** As the item had it when it was read. */
  readonly lookAt?: number | undefined;
  /** As the item had it when it was read. */
  readonly seenAt?: number | undefined;
  /** As the item had it when it was read. */
  readonly signals?: string | undefined;
  /** As the item had it when it was read. */
  readonly notBefore?: number | undefined;
  /** As the item had it when it was read. */
  readonly stamp?: number | undefined;
  /** As the message has it. */
  readonly left?: number | undefined;
}

/**
 * Derives the condition of a transition from the table of states.
 * @throws TypeError if a fact that the transition requires is missing: a write must never go out unguarded
 */
export function conditionOf(name: TransitionName, facts: Facts): Condition {
  return possibleOrigins(transitions[name], facts).map((origin) => [
    ...originTests(origin, facts),
    ...(origin === 'absent' ? [] : requiredTests(transitions[name], facts)),
  ]);
}

const requiredTests = ({ requires }: Transition, facts: Facts): readonly Test[] =>
  requires.flatMap((requirement) => requirementTests(requirement, facts));

function possibleOrigins({ from, requires }: Transition, facts: Facts): readonly Origin[] {
  if (!from.includes('absent')) return from;
  const others = from.filter((origin) => origin !== 'absent');
  if (requires.includes('unchanged')) return facts.updatedAt === undefined ? ['absent'] : others;
  // Of a job without an item only the message tells whether it is late.
  return requires.includes('inTime') && isLate(facts) ? others : from;
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
    case 'expiredAlone':
      return [...originTests('expired', facts), { attribute: 'inCompany', absent: true }];
    case 'expiredWithOthers':
      return [...originTests('expired', facts), { attribute: 'inCompany', equals: true }];
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
        { attribute: 'version', atMost: currentVersion },
      ];
    case 'fencingToken':
      return [{ attribute: 'fencingToken', equals: known('fencingToken', facts.fencingToken) }];
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
    case 'roomForDependents':
      return [{ attribute: 'dependents', absentOrSmallerThan: maxDependents }];
    case 'leaseNotShortened':
      return [{ attribute: 'leaseUntil', atMost: known('leaseUntil', facts.leaseUntil) }];
    case 'inTime':
      return isLate(facts) ? [{ attribute: 'mayStartLate', equals: true }] : [];
    case 'late':
      return [{ attribute: 'mayStartLate', absent: true }];
    case 'unchanged':
      return [{ attribute: 'updatedAt', equals: known('updatedAt', facts.updatedAt) }];
    case 'sameMessageObject':
      return [asRead('messageObject', facts.messageObject)];
    case 'sameEnd':
      return [{ attribute: 'finishedAt', equals: known('finishedAt', facts.finishedAt) }];
    case 'sameNotification':
      return [asRead('notification', facts.notification)];
    case 'sameLook':
      return [{ attribute: 'lookAt', equals: known('lookAt', facts.lookAt) }];
    case 'sameProof':
      return [asRead('seenAt', facts.seenAt)];
    case 'sameSignals':
      return [asRead('signals', facts.signals)];
    case 'sameStamp':
      return [asRead('stamp', facts.stamp)];
    case 'noStray':
      return [
        facts.left === undefined
          ? { attribute: 'left', absent: true }
          : { attribute: 'left', absentOrAtMost: facts.left },
      ];
    case 'sameTime':
      return [{ attribute: 'notBefore', equals: known('notBefore', facts.notBefore) }];
  }
}

const isLate = ({ startBefore, now }: Facts): boolean => startBefore !== undefined && startBefore <= now;

function known<T>(name: string, value: T | undefined): T {
  if (value === undefined) throw new TypeError(`a write that requires "${name}" was given none`);
  return value;
}
