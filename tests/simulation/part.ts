import {
  allGroupScenarios,
  allWaitingScenarios,
  clockwork,
  jobScenarios,
  lateAndErasedScenarios,
  mutantScenarios,
  objectScenarios,
  schedules,
  serverScenarios,
  toldScenarios,
} from './all-scenarios.ts';
import { clockMutants } from './clock-mutants.ts';
import { companyMutants } from './company-mutants.ts';
import { compileSchemas } from './compiled-schemas.ts';
import { elsewhereMutants } from './elsewhere-mutants.ts';
import { enumerate, type Failure } from './enumerate.ts';
import { eraseMutants } from './erase-mutants.ts';
import { flushMutants } from './flush-scenarios.ts';
import { frozenMutants } from './frozen-scenarios.ts';
import { generateMutants } from './generated/generate.ts';
import { Judge } from './generated/judge.ts';
import { groupMutants } from './group-mutants.ts';
import { lateMutants } from './late-mutants.ts';
import { longMutants } from './long-mutants.ts';
import { sixHours, sleepsLong } from './long-scenarios.ts';
import type { Mutant } from './mutant.ts';
import { mutants } from './mutants.ts';
import { notifyMutants } from './notify-scenarios.ts';
import { objectMutants } from './object-mutants.ts';
import { outputMutants } from './output-mutants.ts';
import { playSeed, randomScenario } from './random-scenario.ts';
import { randomServers } from './random-servers.ts';
import type { Scenario } from './scenario.ts';
import { serverMutants } from './server-mutants.ts';
import { staleMutants } from './stale-mutants.ts';
import { waitingMutants } from './waiting-mutants.ts';
import { largeScenarios } from './waiting-scenarios.ts';

/** One result of a part of the simulation. `broken` lists the rules that were broken. */
export interface Finding {
  readonly name: string;
  readonly broken: readonly string[];
  readonly crashPoints: number;
  readonly runs: number;
  /** For a mutant: the rule that caught it, and where. */
  readonly caughtBy?: string;
}

const seeds = 500;

const describeFailure = ({ scenario, call, fault, error }: Failure): string =>
  `${scenario}, call ${call}, ${fault}: ${error.message}`;

async function enumerated(
  scenario: Scenario,
  schedule: (typeof schedules)[number] = schedules[0],
  half?: 0 | 1,
): Promise<Finding> {
  const { name, ...settings } = schedule;
  const { failures, crashPoints, runs } = await enumerate(scenario, settings, { half });
  return { name: `${scenario.name} (${name})`, broken: failures.map(describeFailure), crashPoints, runs };
}

function likelyFirst(name: string | undefined): readonly Scenario[] {
  const likely = mutantScenarios.filter((scenario) => scenario.name === name);
  if (name !== undefined && likely.length === 0) throw new Error(`there is no scenario "${name}"`);
  return [...likely, ...mutantScenarios.filter((scenario) => !likely.includes(scenario))];
}

/** Stops at the first broken rule: it has caught the mutant. */
async function caught(mutant: Mutant): Promise<Finding> {
  let runs = 0;
  for (const scenario of likelyFirst(mutant.shownBy)) {
    for (const { failedComeBackAtOnce } of schedules) {
      const found = await enumerate(scenario, { mutant, failedComeBackAtOnce }, { untilFirst: true });
      runs += found.runs;
      const [failure] = found.failures;
      if (!failure) continue;
      const where = `${scenario.name}, call ${failure.call}, ${failure.fault}`;
      return { ...verdict(mutant, failure.error, where), runs };
    }
  }
  return { ...verdict(mutant), runs };
}

/** An error that is no broken rule has caught nothing. */
function verdict({ name }: Mutant, error?: Error, where = ''): Finding {
  const finding = { name, broken: [], crashPoints: 0, runs: 1 };
  if (error && 'invariant' in error) return { ...finding, caughtBy: `"${error.invariant}" (${where})` };
  return { ...finding, broken: [error ? `${where}: ${error.message}` : 'it was not caught'] };
}

/** Of the generated mutants those that a run without faults catches. */
async function caughtUndisturbed(): Promise<Finding[]> {
  const judge = new Judge(await generateMutants());
  await judge.undisturbed();
  return judge.catches.map(({ mutant, rule, scenario }) => ({
    name: mutant.name,
    broken: [],
    crashPoints: 0,
    runs: 1,
    caughtBy: `"${rule}" (${scenario})`,
  }));
}

async function randomSchedules(draw: typeof randomScenario, option = ''): Promise<Finding> {
  const broken: string[] = [];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const error = await playSeed(seed, draw);
    if (error) broken.push(`${error.message} (npm run simulate -- --seed ${seed}${option})`);
  }
  return { name: `${seeds} seeds${option}`, broken, crashPoints: 0, runs: seeds };
}

async function inTurn<T>(things: readonly T[], find: (thing: T) => Promise<Finding>): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const thing of things) findings.push(await find(thing));
  return findings;
}

/** Whether every fault is played in both schedules (`npm run test:long`), or in one of them. */
const isFull = process.env.SIMULATION === 'full';

/** In both schedules, each with one half of the faults of each call. */
const inBothSchedules = (some: readonly Scenario[]) => () =>
  inTurn(
    schedules.flatMap((schedule, index) => some.map((scenario) => ({ scenario, schedule, index }))),
    ({ scenario, schedule, index }) =>
      enumerated(scenario, schedule, isFull ? undefined : index === 0 ? 0 : 1),
  );

/** Their calls are so many, and so alike, that each call has one half of the faults, and the next one the other. */
const inOneSchedule = (scenario: Scenario) => enumerated(scenario, schedules[0], isFull ? undefined : 0);

const parts: Record<string, () => Promise<Finding[]>> = {
  jobs: inBothSchedules(jobScenarios),
  groups: inBothSchedules(allGroupScenarios),
  waiting: inBothSchedules(allWaitingScenarios),
  'late-and-erased': inBothSchedules(lateAndErasedScenarios),
  objects: inBothSchedules(objectScenarios),
  told: inBothSchedules(toldScenarios),
  clock: inBothSchedules(clockwork),
  servers: inBothSchedules(serverScenarios),
  large: () => inTurn([...largeScenarios, sleepsLong], inOneSchedule),
  'six-hours': () => inTurn([sixHours], inOneSchedule),
  mutants: () =>
    inTurn(
      [
        ...mutants,
        ...companyMutants,
        ...longMutants,
        ...waitingMutants,
        ...groupMutants,
        ...staleMutants,
        ...frozenMutants,
        ...flushMutants,
        ...elsewhereMutants,
        ...notifyMutants,
        ...clockMutants,
        ...lateMutants,
        ...eraseMutants,
        ...outputMutants,
        ...objectMutants,
        ...serverMutants,
      ],
      caught,
    ),
  generated: caughtUndisturbed,
  random: async () => [
    await randomSchedules(randomScenario),
    await randomSchedules(randomServers, ' --servers'),
  ],
};

// Many runs end with an error, and nobody reads its stack.
Error.stackTraceLimit = 0;
// Powertools asks the environment several times a message. Of the real one, each answer is made by the operating system.
process.env = { ...process.env };
compileSchemas();
const part = parts[process.argv[2] ?? ''];
if (!part) throw new Error(`there are ${Object.keys(parts).join(', ')}`);
console.log(JSON.stringify(await part()));
