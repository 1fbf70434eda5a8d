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
