import { generatedPlaces, mutantsInTurn, readPlaces } from '../place.ts';
import { generateMutants } from './generate.ts';
import { harmless } from './harmless.ts';
import { Judge } from './judge.ts';

/**
 * Plays generated mutants, as `npm test` does: each whose turn it is where it was caught the last time, and the harmless ones
 * without a fault. A mutant that should be caught and is not is looked for everywhere.
 * @param isPlayed whether one more run is played with those that are left
 * @throws Error if a mutant is listed that there is no longer: its row would fail only in its turn
 */
export async function playGenerated(isPlayed: () => boolean): Promise<Pick<Judge, 'catches' | 'runs'>> {
  const all = readPlaces(generatedPlaces);
  const places = new Map(mutantsInTurn([...all]));
  const mutants = await generateMutants();
  const names = new Set(mutants.map(({ name }) => name));
  const listed = [...all.keys(), ...harmless.flatMap(({ mutants: some }) => some)];
  const gone = listed.filter((name) => !names.has(name));
  if (gone.length > 0) throw new Error(`no run makes the mutants ${gone.join('; ')} any more`);
  const judge = new Judge(mutants.filter(({ name }) => places.has(name) || !all.has(name)));
  await judge.known(places);
  const missed = new Judge([...judge.survivors].filter(({ name }) => places.has(name)));
  await judge.undisturbed(isPlayed);
  if (missed.survivors.size > 0) await missed.undisturbed();
  for (const scenario of missed.survivors.size > 0 ? await missed.byNumberOfCalls() : [])
    await missed.enumerated(scenario);
  return { catches: [...judge.catches, ...missed.catches], runs: judge.runs + missed.runs };
}
