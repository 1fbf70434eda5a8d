import { parseArgs } from 'node:util';
import { look, writtenMutants } from '../all-mutants.ts';
import { type CatchingRun, generatedPlaces, readPlaces, writePlaces, writtenPlaces } from '../place.ts';
import { prepareProcess } from '../prepare-process.ts';
import { inShare } from '../share.ts';
import { generateMutants } from './generate.ts';
import { harmless } from './harmless.ts';
import { Judge } from './judge.ts';

/**
 * `npm run mutants [-- --seeds 1500]` plays every generated mutant until it is caught: first where it was the last time. It
 * fails if one survives that `harmless.ts` does not list, or if one is caught that is listed there.
 * `--write`: records where each is caught, and the ones that are written by hand.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1500' },
    /** `1/2`: the first half of the mutants. */
    part: { type: 'string', default: '1/1' },
    /** Only those whose name has this text. */
    matching: { type: 'string', default: '' },
    /** Looks everywhere. */
    anew: { type: 'boolean', default: false },
    /** Only one share of the faults: what `npm test` would have of them, if it looked for the mutants. */
    share: { type: 'string' },
    undisturbed: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

prepareProcess();
const [part = 1, parts = 1] = values.part.split('/').map(Number);
const isChosen = ({ name }: { readonly name: string }, index: number): boolean =>
  index % parts === part - 1 && name.includes(values.matching);
const places = values.anew ? new Map<string, CatchingRun>() : readPlaces(generatedPlaces);
const judge = new Judge((await generateMutants()).filter(isChosen));
const say = (what: string) =>
  console.error(`${what}: ${judge.catches.length} caught, ${judge.survivors.size} left, ${judge.runs} runs`);

await judge.known(places);
say('where they were the last time');
await judge.undisturbed();
say('undisturbed');
if (!values.undisturbed) {
  for (const scenario of await judge.byNumberOfCalls()) {
    await judge.enumerated(scenario, values.share === undefined ? undefined : inShare(Number(values.share)));
    say(scenario.name);
  }
  for (let seed = 1; seed <= Number(values.seeds); seed += 1) await judge.seed(seed);
  say(`${values.seeds} seeds`);
  report();
}
if (values.write) {
  const found = judge.catches.flatMap(({ mutant, place }) => (place ? [[mutant.name, place] as const] : []));
  await writePlaces(generatedPlaces, new Map([...places, ...found]));
  const known = readPlaces(writtenPlaces);
  const written: [string, CatchingRun][] = [];
  for (const mutant of writtenMutants) {
    const { caught } = await look(mutant, known.get(mutant.name));
    if (caught) written.push([mutant.name, caught.place]);
  }
  await writePlaces(writtenPlaces, new Map(written));
}

function report(): void {
  const listed = new Map(harmless.flatMap(({ reason, mutants }) => mutants.map((name) => [name, reason])));
  const wronglyListed = judge.catches.filter(({ mutant }) => listed.has(mutant.name));
  const unexplained = [...judge.survivors].filter(({ name }) => !listed.has(name));
  for (const { mutant, rule, scenario, place } of judge.catches) {
    const where = place ? `schedule ${place.schedule}, call ${place.call}, ${place.fault}` : 'at random';
    console.log([mutant.family, mutant.name, `caught by "${rule}"`, scenario, where].join('\t'));
  }
  for (const { family, name } of judge.survivors)
    console.log([family, name, `harmless: ${listed.get(name) ?? 'NO REASON IS KNOWN'}`].join('\t'));
  for (const { mutant } of wronglyListed) console.error(`listed as harmless, but caught: ${mutant.name}`);
  for (const { name } of unexplained) console.error(`survives, and is not listed as harmless: ${name}`);
  if (wronglyListed.length + unexplained.length > 0) process.exitCode = 1;
}
