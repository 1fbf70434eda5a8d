import { generatedPlaces, readPlaces } from '../place.ts';
import { generateMutants } from './generate.ts';
import { Judge } from './judge.ts';

/**
 * Plays the generated mutants, as `npm test` does: each where it was caught the last time, and those that are left, of which
 * most are harmless, without a fault. Whoever should be caught and is not is looked for everywhere.
 */
export async function playGenerated(): Promise<Pick<Judge, 'catches' | 'runs'>> {
  const places = readPlaces(generatedPlaces);
  const judge = new Judge(await generateMutants());
  await judge.known(places);
  await judge.undisturbed();
  const missed = new Judge([...judge.survivors].filter(({ name }) => places.has(name)));
  for (const scenario of missed.survivors.size > 0 ? await missed.byNumberOfCalls() : [])
    await missed.enumerated(scenario);
  return { catches: [...judge.catches, ...missed.catches], runs: judge.runs + missed.runs };
}
