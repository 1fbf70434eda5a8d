import { mutantScenarios, schedules } from '../all-scenarios.ts';
import { disturbances, faultAt, faults } from '../faults.ts';
import type { Mutant } from '../mutant.ts';
import { type CatchingRun, type CatchingRuns, undisturbed } from '../place.ts';
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
  /** Unless it was at random. */
  readonly place?: CatchingRun;
}

interface Run {
  readonly scenario: Scenario;
  readonly settings: WorldSettings;
  readonly place?: CatchingRun;
}

/** An error that is no broken rule has caught nothing. */
const isBrokenRule = (error: unknown): error is Error & { readonly invariant: string } =>
  error instanceof Error && 'invariant' in error;

/** Looks for mutants until each is caught. Those that are left are the survivors. */
export class Judge {
  readonly survivors: Set<GeneratedMutant>;
  readonly catches: Catch[] = [];
  #runs = 0;

  constructor(mutants: Iterable<GeneratedMutant>) {
    this.survivors = new Set(mutants);
  }

  get runs(): number {
    return this.#runs;
  }

  /** Plays each mutant where it was caught the last time: one run, instead of many everywhere. */
  async known(places: CatchingRuns): Promise<void> {
    const at = new Map<string, GeneratedMutant[]>();
    for (const mutant of this.survivors) {
      const key = JSON.stringify(places.get(mutant.name));
      if (key !== undefined) at.set(key, [...(at.get(key) ?? []), mutant]);
    }
    for (const mutants of at.values()) {
      const place = places.get(mutants[0]?.name ?? '');
      const run = place && runAt(place);
      if (!run) continue;
      const honest = await this.#play(run, { name: 'honest' });
      await this.#each(mutants, honest.time.steps, () => run);
    }
  }

  /** Every scenario without a fault, or those runs that are asked for. */
  async undisturbed(isPlayed = () => true): Promise<void> {
    for (const scenario of mutantScenarios)
      for (const schedule of schedules.keys()) if (isPlayed()) await this.#judge(runOf(scenario, schedule));
  }

  /** The scenarios with the fewest calls first: what they catch is not played in the others. */
  async byNumberOfCalls(): Promise<readonly Scenario[]> {
    const counted: { readonly scenario: Scenario; readonly calls: number }[] = [];
    for (const scenario of mutantScenarios)
      counted.push({ scenario, calls: (await play(scenario)).calls.length });
    return counted.sort((one, other) => one.calls - other.calls).map(({ scenario }) => scenario);
  }

  /** Every call with every fault, or those cases that are asked for. */
  async enumerated(scenario: Scenario, isPlayed = () => true): Promise<void> {
    for (const schedule of schedules.keys()) {
      if (this.survivors.size === 0) return;
      const { calls } = await play(scenario, runOf(scenario, schedule).settings);
      for (const one of disturbances(calls, scenario.faults ?? faults))
        if (isPlayed() && this.survivors.size > 0) await this.#judge(runOf(scenario, schedule, one));
    }
  }

  async seed(seed: number): Promise<void> {
    // Its faults are drawn while it is played: each run needs a scenario of its own.
    await this.#judge(() => randomScenario(seed));
  }

  /** Plays the honest system, and then the mutants that would have changed that run. */
  async #judge(run: Run | (() => Run)): Promise<void> {
    const fresh = typeof run === 'function' ? run : () => run;
    const observer = new Observer(this.survivors);
    const honest = await this.#play(fresh(), observer.mutant);
    await this.#each(observer.takeMet(), honest.time.steps, fresh);
  }

  async #each(mutants: Iterable<GeneratedMutant>, honestSteps: number, fresh: () => Run): Promise<void> {
    // A mutant that makes many times the work of the honest run goes round in circles.
    const maxSteps = 3_000 + 10 * honestSteps;
    for (const mutant of mutants) {
      const run = fresh();
      const error = await this.#play(run, mutant, maxSteps).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (!isBrokenRule(error)) continue;
      this.survivors.delete(mutant);
      const { scenario, place } = run;
      this.catches.push({
        mutant,
        rule: error.invariant,
        scenario: scenario.name,
        ...(place ? { place } : {}),
      });
    }
  }

  #play({ scenario, settings }: Run, mutant: Mutant, maxSteps?: number) {
    this.#runs += 1;
    return play(scenario, { ...settings, mutant, ...(maxSteps === undefined ? {} : { maxSteps }) });
  }
}

function runOf(
  scenario: Scenario,
  schedule: number,
  at: Pick<CatchingRun, 'call' | 'fault'> = undisturbed,
): Run {
  const { failedComeBackAtOnce = false } = schedules[schedule] ?? {};
  const plan = at.fault === 'none' ? {} : { plan: faultAt(at.call, at.fault) };
  const place = { scenario: scenario.name, schedule, ...at };
  return { scenario, settings: { failedComeBackAtOnce, ...plan }, place };
}

function runAt({ scenario: name, schedule, ...at }: CatchingRun): Run | undefined {
  const scenario = mutantScenarios.find((one) => one.name === name);
  return scenario && runOf(scenario, schedule, at);
}
