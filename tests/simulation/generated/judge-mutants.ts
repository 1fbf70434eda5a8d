import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { generateMutants } from './generate.ts';
import { harmless } from './harmless.ts';
import { Judge } from './judge.ts';

/**
 * `npm run mutants [-- --seeds 1500]` plays every generated mutant until it is caught. It fails if one survives that
 * `harmless.ts` does not list, or if one is caught that is listed there. `--undisturbed --write` only records which of
 * them `npm test` catches.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1500' },
    /** `1/2`: the first half of the mutants. */
    part: { type: 'string', default: '1/1' },
    /** Only those whose name has this text. */
    matching: { type: 'string', default: '' },
    undisturbed: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

// Many runs end with an error, and nobody reads its stack.
Error.stackTraceLimit = 0;
const [part = 1, parts = 1] = values.part.split('/').map(Number);
const isChosen = ({ name }: { readonly name: string }, index: number): boolean =>
  index % parts === part - 1 && name.includes(values.matching);
const judge = new Judge((await generateMutants()).filter(isChosen));
const say = (what: string) =>
  console.error(`${what}: ${judge.catches.length} caught, ${judge.survivors.size} left, ${judge.runs} runs`);

await judge.undisturbed();
say('undisturbed');
if (values.write) {
  const names = judge.catches.map(({ mutant }) => mutant.name).sort();
  const file = new URL('caught-undisturbed.json', import.meta.url);
  await writeFile(file, `${JSON.stringify(names, undefined, 2)}\n`);
}
if (!values.undisturbed) {
  for (const scenario of await judge.byNumberOfCalls()) {
    await judge.enumerated(scenario);
    say(scenario.name);
  }
  for (let seed = 1; seed <= Number(values.seeds); seed += 1) await judge.seed(seed);
  say(`${values.seeds} seeds`);
  report();
}

function report(): void {
  const listed = new Map(harmless.flatMap(({ reason, mutants }) => mutants.map((name) => [name, reason])));
  const wronglyListed = judge.catches.filter(({ mutant }) => listed.has(mutant.name));
  const unexplained = [...judge.survivors].filter(({ name }) => !listed.has(name));
  for (const { mutant, rule, scenario, where } of judge.catches)
    console.log([mutant.family, mutant.name, `caught by "${rule}"`, scenario, where].join('\t'));
  for (const { family, name } of judge.survivors)
    console.log([family, name, `harmless: ${listed.get(name) ?? 'NO REASON IS KNOWN'}`].join('\t'));
  for (const { mutant } of wronglyListed) console.error(`listed as harmless, but caught: ${mutant.name}`);
  for (const { name } of unexplained) console.error(`survives, and is not listed as harmless: ${name}`);
  if (wronglyListed.length + unexplained.length > 0) process.exitCode = 1;
}
