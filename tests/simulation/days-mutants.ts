import { writtenMutants } from './all-mutants.ts';
import type { Mutant } from './mutant.ts';
import { randomDays } from './random-days.ts';
import type { RandomMutant } from './random-mutants.ts';

function written(name: string): Mutant {
  const mutant = writtenMutants.find((one) => one.name === name);
  if (!mutant) throw new Error(`there is no mutant "${name}"`);
  return mutant;
}

/** Faults that days have shown, each put back. A scenario shows each, too: these are the proof that the seeds would have. */
export const daysMutants: readonly RandomMutant[] = [
  { seed: 3, mutant: written('a rate is kept for an hour, however slow it is') },
  { seed: 5, mutant: written('a child that is left ends when the root of its batch has expired') },
  { seed: 25, mutant: written('a job that is woken is looked at again after as long as it has waited') },
  { seed: 13, mutant: written('the messages of each round have the time of the batch') },
  { seed: 21, mutant: written('nobody keeps the roots of a job that is to run again') },
  { seed: 8, mutant: written('a root does not know how many have failed') },
].map((one) => ({ ...one, draw: randomDays }));
