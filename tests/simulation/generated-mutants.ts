import {
  jobStatuses,
  type Origin,
  type Requirement,
  type Transition,
  type TransitionName,
  transitions,
} from '../../shared/job/transitions.ts';
import type { Mutant } from './mutant.ts';

/** The table as it may be changed while a mutant is played: each part of the simulation is a process of its own. */
const table: Record<string, Transition> = transitions;

/** Plays something with another row in the table of transitions. */
export async function withTransition<T>(
  name: TransitionName,
  changed: Transition,
  play: () => Promise<T>,
): Promise<T> {
  const original = table[name];
  if (!original) throw new TypeError(`there is no transition ${name}`);
  table[name] = changed;
  try {
    return await play();
  } finally {
    table[name] = original;
  }
}

export interface TableMutant extends Mutant {
  readonly transition: TransitionName;
  readonly changed: Transition;
}

const names = Object.keys(transitions) as TransitionName[];
const origins: readonly Origin[] = [...jobStatuses, 'expired'];

/** Whether a set of origins has one already: an expired lease is a `running`. */
const includes = (from: readonly Origin[], origin: Origin): boolean =>
  from.includes(origin) || (origin === 'expired' && from.includes('running'));

/** For each transition, each requirement dropped. */
const withoutRequirement = names.flatMap((transition): TableMutant[] => {
  const row: Transition = transitions[transition];
  return row.requires.map((dropped: Requirement) => ({
    name: `${transition} does not require ${dropped}`,
    transition,
    changed: { ...row, requires: row.requires.filter((requirement) => requirement !== dropped) },
  }));
});

/** For each transition, each origin added. None is made from nothing: such a write has no whole item. */
const withOrigin = names.flatMap((transition): TableMutant[] => {
  const row: Transition = transitions[transition];
  return origins
    .filter((origin) => !includes(row.from, origin))
    .map((origin) => ({
      name: `${transition} also starts from ${origin}`,
      transition,
      changed: { ...row, from: [...row.from, origin] },
    }));
});

/** For each transition, each origin dropped. */
const withoutOrigin = names.flatMap((transition): TableMutant[] => {
  const row: Transition = transitions[transition];
  return row.from.map((dropped) => ({
    name: `${transition} does not start from ${dropped}`,
    transition,
    changed: { ...row, from: row.from.filter((origin) => origin !== dropped) },
  }));
});

/** Mutants made from the table of transitions. */
export const tableMutants: readonly TableMutant[] = [...withoutRequirement, ...withOrigin, ...withoutOrigin];

/**
 * Those that a scenario without faults or one of the first seeds catches. Of the others it is not yet known which break
 * nothing that is promised, because another condition excludes the same write.
 */
export const caughtMutants: readonly string[] = [
  'claim does not require sameRequest',
  'claim does not require due',
  'claim does not require attemptsLeft',
  'claim does not require notCanceling',
  'renew does not require leaseNotShortened',
  'succeed does not require fencingToken',
  'fail does not require fencingToken',
  'stop does not require fencingToken',
  'release does not require fencingToken',
  'handOver does not require fencingToken',
  'retry does not require sameRequest',
  'revive does not require noSavedMessage',
  'submit also starts from queued',
  'submit also starts from waiting',
  'submit also starts from running',
  'submit also starts from succeeded',
  'submit also starts from failed',
  'schedule also starts from waiting',
  'schedule also starts from running',
  'admit also starts from queued',
  'claim also starts from running',
  'claim also starts from succeeded',
  'claim also starts from canceled',
  'claim also starts from expired',
  'succeed also starts from succeeded',
  'succeed also starts from failed',
  'succeed also starts from canceled',
  'fail also starts from failed',
  'stop also starts from queued',
  'stop also starts from waiting',
  'stop also starts from failed',
  'stop also starts from canceled',
  'release also starts from queued',
  'handOver also starts from queued',
  'handOver also starts from failed',
  'handOver also starts from canceled',
  'sleep also starts from waiting',
  'saveMessage also starts from queued',
  'submit does not start from absent',
  'defer does not start from queued',
  'admit does not start from waiting',
  'claim does not start from absent',
  'claim does not start from queued',
  'claim does not start from waiting',
  'claim does not start from expiredAlone',
  'reclaim does not start from expiredInCompany',
  'renew does not start from running',
  'succeed does not start from running',
  'fail does not start from running',
  'release does not start from running',
  'handOver does not start from running',
  'sleep does not start from running',
  'saveReceiptHandle does not start from waiting',
  'failExhausted does not start from expiredAlone',
  'finishCancel does not start from expired',
  'failUnclaimed does not start from absent',
  'failUnclaimed does not start from queued',
  'failUnclaimed does not start from waiting',
  'cancel does not start from waiting',
  'requestCancel does not start from running',
  'retry does not start from failed',
  'retry does not start from canceled',
  'revive does not start from canceled',
];
