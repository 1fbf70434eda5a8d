import { mutantScenarios, schedules } from '../all-scenarios.ts';
import { disturbances } from '../enumerate.ts';
import { faultAt, faults } from '../faults.ts';
import type { Mutant } from '../mutant.ts';
import { randomScenario } from '../random-scenario.ts';
import { play, type Scenario } from '../scenario.ts';
import type { WorldSettings } from '../world-settings.ts';
import type { GeneratedMutant } from './generated-mutant.ts';
import { Observer } from './observer.ts';

/** Where a mutant was caught, and by which rule. */
export interface Catch {
  readonly mutant: GeneratedMutant;
  readonly rule: string;
  readonly scenario: string;
  /** `undisturbed`, or the call and its fault. */
  readonly where: string;
}

interface Run {
  readonly scenario: Scenario;
  readonly settings: WorldSettings;
  readonly where: string;
}

/** An error that is no broken rule has caught nothing. */
const isBrokenRule = (error: unknown): error is Error & { readonly invariant: string } =>
  error instanceof Error && 'invariant' in error;

/** Looks for mutants until each is caught. Those that are left are the survivors. */
export class Judge {
  readonly survivors: Set<GeneratedMutant>;
  readonly catches: Catch[] = [];
  /** How many honest runs would have been changed by a survivor. */
  readonly #met = new Map<GeneratedMutant, number>();
  #runs = 0;

  constructor(mutants: Iterable<GeneratedMutant>) {
    this.survivors = new Set(mutants);
  }

  get runs(): number {
    return this.#runs;
  }

  timesMet(mutant: GeneratedMutant): number {
    return this.#met.get(mutant) ?? 0;
  }

  async undisturbed(): Promise<void> {
    for (const scenario of mutantScenarios)
      for (const { failedComeBackAtOnce } of schedules)
        await this.#judge({ scenario, settings: { failedComeBackAtOnce }, where: 'undisturbed' });
  }

  /** The scenarios with the fewest calls first: what they catch is not played in the others. */
  async byNumberOfCalls(): Promise<readonly Scenario[]> {
    const counted: { readonly scenario: Scenario; readonly calls: number }[] = [];
    for (const scenario of mutantScenarios)
      counted.push({ scenario, calls: (await play(scenario)).calls.length });
    return counted.sort((one, other) => one.calls - other.calls).map(({ scenario }) => scenario);
  }

  /** Every call with every fault. */
  async enumerated(scenario: Scenario): Promise<void> {
    for (const { failedComeBackAtOnce } of schedules) {
      const { calls } = await play(scenario, { failedComeBackAtOnce });
      for (const { call, fault } of disturbances(calls, scenario.faults ?? faults)) {
        const settings = { failedComeBackAtOnce, plan: faultAt(call, fault) };
        await this.#judge({ scenario, settings, where: `call ${call}, ${fault}` });
      }
    }
  }

  async seed(seed: number): Promise<void> {
    // Its faults are drawn while it is played: each run needs a scenario of its own.
    const { settings } = randomScenario(seed);
    await this.#judge({ scenario: randomScenario(seed).scenario, settings, where: 'at random' }, seed);
  }

  async #judge(run: Run, seed?: number): Promise<void> {
    const fresh = () => (seed === undefined ? run : { ...run, ...randomScenario(seed) });
    const observer = new Observer(this.survivors);
    const honest = await this.#play(fresh(), observer.mutant);
    // A mutant that makes many times the work of the honest run goes round in circles.
    const maxSteps = 3_000 + 10 * honest.time.steps;
    for (const mutant of observer.takeMet()) {
      this.#met.set(mutant, this.timesMet(mutant) + 1);
      const error = await this.#play(fresh(), mutant, maxSteps).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (!isBrokenRule(error)) continue;
      this.survivors.delete(mutant);
      this.catches.push({ mutant, rule: error.invariant, scenario: run.scenario.name, where: run.where });
    }
  }

  #play({ scenario, settings }: Run, mutant: Mutant, maxSteps?: number) {
    this.#runs += 1;
    return play(scenario, { ...settings, mutant, ...(maxSteps === undefined ? {} : { maxSteps }) });
  }
}
