import { mutantScenarios, schedules } from '../all-scenarios.ts';
import { randomScenario } from '../random-scenario.ts';
import { play } from '../scenario.ts';
import { conditionMutants } from './conditions.ts';
import { dependencyMutants } from './dependencies.ts';
import { dispositionMutants } from './dispositions.ts';
import { endingMutants } from './endings.ts';
import type { GeneratedMutant } from './generated-mutant.ts';
import { Observer } from './observer.ts';
import { stateMutants } from './states.ts';

/** Some fields are written only where something went wrong. */
const seeds = 100;

/** Makes the mutants of what the scenarios and some seeds do. */
export async function generateMutants(): Promise<readonly GeneratedMutant[]> {
  const observer = new Observer();
  const { mutant } = observer;
  for (const scenario of mutantScenarios)
    for (const { failedComeBackAtOnce } of schedules) await play(scenario, { mutant, failedComeBackAtOnce });
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { scenario, settings } = randomScenario(seed);
    await play(scenario, { ...settings, mutant });
  }
  return [
    ...conditionMutants,
    ...observer.fields.mutants,
    ...endingMutants,
    ...stateMutants,
    ...dispositionMutants(observer.noted),
    ...dependencyMutants,
  ];
}
