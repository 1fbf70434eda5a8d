import { type Found, look, writtenMutants } from './all-mutants.ts';
import { type Part, parts, schedules } from './all-scenarios.ts';
import { coverOf, type Reach, watched } from './cover.ts';
import { daysMutants } from './days-mutants.ts';
import { disturb, type Failure, playUndisturbed, type Undisturbed } from './enumerate.ts';
import { playGenerated } from './generated/play-generated.ts';
import { generatedPlaces, mutantsInTurn, readPlaces, writtenPlaces } from './place.ts';
import { prepareProcess } from './prepare-process.ts';
import { randomDays } from './random-days.ts';
import { randomFamilies } from './random-families.ts';
import { randomMixtures } from './random-mixtures.ts';
import { catchBySeed, randomMutants } from './random-mutants.ts';
import { playSeed, randomScenario } from './random-scenario.ts';
import { randomServers } from './random-servers.ts';
import { play as playScenario, type Scenario } from './scenario.ts';
import { choose, inShare } from './share.ts';

/** One result of the simulation. `broken` lists the rules that were broken. */
export interface Finding {
  readonly name: string;
  readonly broken: readonly string[];
  readonly crashPoints: number;
  readonly cases: number;
  readonly runs: number;
  /** For a mutant: the rule that caught it, and where. */
  readonly caughtBy?: string;
  readonly isGenerated?: boolean;
}

/** What was played, and what was found. */
export interface Findings {
  readonly text: string;
  readonly findings: readonly Finding[];
}

const seeds = 500;
/** `npm test` plays an eighth of them, another one with each commit; of days, which are dearer, half as many. */
const turnsOfSeeds = 8;
const turnsOfDays = 2 * turnsOfSeeds;

/** They are rewritten soon, and their cuts are others then. */
const wholeParts: readonly string[] = ['jobs that wait', 'signals'];

const describeFailure = ({ scenario, call, fault, error }: Failure): string =>
  `${scenario}, call ${call}, ${fault}: ${error.message}`;

/** @param half `1/2`: the first half of the scenarios */
async function enumerations(half: string): Promise<Findings> {
  const [one = 1, of = 1] = half.split('/').map(Number);
  const all = Object.entries<Part>(parts).flatMap(([part, { files, ...more }]) =>
    Object.entries(files).flatMap(([file, some]) =>
      some.map((scenario) => ({ part, file, scenario, ...more })),
    ),
  );
  const { whole, share, of: shares, text } = choose([...new Set(all.map(({ file }) => file))]);
  const begun: Begun[] = [];
  for (const each of all.filter((_, index) => index % of === one - 1)) begun.push(await begin(each));
  const cover = shares === 1 ? undefined : coverOf(begun.map(({ reach }) => reach));
  const findings: Finding[] = [];
  for (const each of begun) {
    const isInCover = cover?.has(each.reach.name) ?? true;
    const others = isInCover ? inShare(share, shares) : () => false;
    findings.push(...(await enumerated(each, whole.has(each.file) ? () => true : others)));
  }
  const places = cover ? `; the faults of ${cover.size} scenarios reach what those of all do` : '';
  return { text: text + places, findings };
}

interface Enumerated extends Omit<Part, 'files'> {
  readonly part: string;
  readonly file: string;
  readonly scenario: Scenario;
}

/** Its undisturbed runs are played, and tell what its faults reach. */
interface Begun extends Enumerated {
  readonly schedules: readonly { readonly name: string; readonly run: Undisturbed }[];
  readonly reach: Reach;
}

const shownByFault = new Set(
  [...readPlaces(writtenPlaces).values(), ...readPlaces(generatedPlaces).values()].flatMap((place) =>
    place.fault === 'none' ? [] : [place.scenario],
  ),
);

async function begin(each: Enumerated): Promise<Begun> {
  const { scenario, cuts } = watched(each.scenario);
  const runs: Begun['schedules'][number][] = [];
  for (const { name, ...settings } of each.isLarge ? schedules.slice(0, 1) : schedules)
    runs.push({ name, run: { ...(await playUndisturbed(scenario, settings)), scenario: each.scenario } });
  const { name } = scenario;
  const stays = shownByFault.has(name) || wholeParts.includes(each.part);
  const calls = Math.max(...runs.map(({ run }) => run.calls.length));
  return { ...each, schedules: runs, reach: { name, stays, calls, cuts } };
}

async function enumerated(
  { part, scenario, schedules, moreThan }: Begun,
  isPlayed: () => boolean,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, run } of schedules) {
    const { failures, ...counts } = await disturb(run, { isPlayed });
    const tooFew = counts.crashPoints > moreThan ? [] : [`there are ${counts.crashPoints} crash points`];
    const broken = [...failures.map(describeFailure), ...tooFew];
    findings.push({ name: `${part}: ${scenario.name} (${name})`, broken, ...counts });
  }
  return findings;
}

/** Of those that are generated, the ones that were caught. */
async function mutants(): Promise<Findings> {
  const places = readPlaces(writtenPlaces);
  const written: Finding[] = [];
  for (const mutant of mutantsInTurn(writtenMutants)) {
    const { runs, caught } = await look(mutant, places.get(mutant.name));
    written.push({ ...verdict(mutant.name, caught), runs });
  }
  const isFull = process.env.SIMULATION === 'full';
  const { catches, runs } = await playGenerated(isFull ? () => true : inShare(choose([]).share));
  const generated = catches.map(({ mutant, rule, scenario }) => ({
    ...{ name: mutant.name, broken: [], crashPoints: 0, cases: 0, runs: 0, isGenerated: true },
    caughtBy: `"${rule}" (${scenario})`,
  }));
  return { text: `${runs} runs`, findings: [...written, ...generated] };
}

/** An error that is no broken rule has caught nothing. */
function verdict(name: string, caught: Found['caught']): Omit<Finding, 'runs'> {
  const nothing = { name, crashPoints: 0, cases: 0 };
  if (!caught) return { ...nothing, broken: ['it was not caught'] };
  const { error, place } = caught;
  const where = `${place.scenario}, call ${place.call}, ${place.fault}`;
  return 'invariant' in error
    ? { ...nothing, broken: [], caughtBy: `"${error.invariant}" (${where})` }
    : { ...nothing, broken: [`${where}: ${error.message}`] };
}

async function randomSchedules(
  draw: typeof randomScenario,
  isPlayed: () => boolean,
  option = '',
): Promise<Finding> {
  const broken: string[] = [];
  let runs = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    if (!isPlayed()) continue;
    runs += 1;
    const error = await playSeed(seed, draw);
    if (error) broken.push(`${error.message} (npm run simulate -- --seed ${seed}${option})`);
  }
  return { name: `${runs} of ${seeds} seeds${option}`, broken, crashPoints: 0, cases: seeds, runs };
}

/** A seed is played the same way every time. */
async function twice(draw: typeof randomScenario, option = ''): Promise<Finding> {
  const once = async () => {
    const { scenario, settings } = draw(77);
    return (await playScenario(scenario, settings)).trace.lines.join('\n');
  };
  const [first, second] = [await once(), await once()];
  const broken = first === second ? [] : ['the second run is another one'];
  return { name: `seed 77${option}, twice`, broken, crashPoints: 0, cases: 1, runs: 2 };
}

async function random(): Promise<Findings> {
  const { whole, share, text } = choose([
    'random-scenario',
    'random-servers',
    'random-families',
    'random-mixtures',
    'random-days',
  ]);
  const isPlayed = (file: string, turns = turnsOfSeeds) =>
    whole.has(file) ? () => true : inShare(share, turns);
  const findings = [
    await randomSchedules(randomScenario, isPlayed('random-scenario')),
    await randomSchedules(randomServers, isPlayed('random-servers'), ' --servers'),
    await randomSchedules(randomFamilies, isPlayed('random-families'), ' --families'),
    await randomSchedules(randomMixtures, isPlayed('random-mixtures'), ' --mixtures'),
    await randomSchedules(randomDays, isPlayed('random-days', turnsOfDays), ' --days'),
    await twice(randomScenario),
    await twice(randomServers, ' --servers'),
    await twice(randomMixtures, ' --mixtures'),
    await twice(randomDays, ' --days'),
  ];
  return { text, findings };
}

/** Those that no scenario shows. */
async function mutantsBySeed(): Promise<Findings> {
  const findings: Finding[] = [];
  const mutants = [...randomMutants, ...daysMutants];
  for (const one of mutants) {
    const found = await catchBySeed(one);
    const place = { scenario: `seed ${found?.seed}`, schedule: 0, call: 0, fault: 'none' } as const;
    findings.push({
      ...verdict(one.mutant.name, found && { error: found.error, place }),
      runs: found?.runs ?? 0,
    });
  }
  return { text: `${mutants.length} mutants`, findings };
}

const plays: Record<string, (option: string) => Promise<Findings>> = {
  enumerations,
  mutants,
  mutantsBySeed,
  random,
};

prepareProcess();
const [, , name = '', option = ''] = process.argv;
const play = plays[name];
if (!play) throw new Error(`there are ${Object.keys(plays).join(', ')}`);
console.log(JSON.stringify(await play(option)));
