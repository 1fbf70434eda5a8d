import { generatedPlaces, type Places, readPlaces } from '../place.ts';
import { generateMutants } from './generate.ts';
import { Judge } from './judge.ts';

/**
 * Plays generated mutants, as `npm test` does: each of these where it was caught the last time, and those that are harmless
 * without a fault. Whoever should be caught and is not is looked for everywhere.
 * @param places of those whose turn it is
 * @param isPlayed whether one more run is played with those that are left
 */
export async function playGenerated(
  places: Places,
  isPlayed: () => boolean,
): Promise<Pick<Judge, 'catches' | 'runs'>> {
  const all = readPlaces(generatedPlaces);
  const mutants = await generateMutants();
  const judge = new Judge(mutants.filter(({ name }) => places.has(name) || !all.has(name)));
  await judge.known(places);
  const missed = new Judge([...judge.survivors].filter(({ name }) => places.has(name)));
  await judge.undisturbed(isPlayed);
  if (missed.survivors.size > 0) await missed.undisturbed();
  for (const scenario of missed.survivors.size > 0 ? await missed.byNumberOfCalls() : [])
    await missed.enumerated(scenario);
  return { catches: [...judge.catches, ...missed.catches], runs: judge.runs + missed.runs };
}
