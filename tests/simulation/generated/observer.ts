import type { TransitionName } from '../../../shared/domain/state/job/transitions.ts';
import type { Mutant } from '../mutant.ts';
import { noteDependencies } from './dependencies.ts';
import { noteDispositions } from './dispositions.ts';
import { WrittenFields } from './fields.ts';
import type { GeneratedMutant } from './generated-mutant.ts';
import { received } from './received.ts';
import { noteStates } from './states.ts';

/** Watches honest runs: which mutants would have changed them, and what there is to make mutants of. */
export class Observer {
  readonly fields = new WrittenFields();
  /** Everything that was noted, in all runs. */
  readonly noted = new Set<string>();
  #met = new Set<GeneratedMutant>();
  readonly #byTransition = new Map<TransitionName, GeneratedMutant[]>();
  readonly #byNote = new Map<string, GeneratedMutant[]>();

  /** @param candidates the mutants that are looked for */
  constructor(candidates: Iterable<GeneratedMutant> = []) {
    for (const mutant of candidates) {
      const { meets } = mutant;
      if ('noted' in meets) add(this.#byNote, meets.noted, mutant);
      else add(this.#byTransition, meets.transition, mutant);
    }
  }

  /** The mutants that the runs since the last call would have met. */
  takeMet(): ReadonlySet<GeneratedMutant> {
    const met = this.#met;
    this.#met = new Set();
    return met;
  }

  #note(what: string): void {
    this.noted.add(what);
    for (const mutant of this.#byNote.get(what) ?? []) this.#met.add(mutant);
  }

  /** Changes nothing. */
  get mutant(): Mutant {
    const note = (what: string) => this.#note(what);
    const states = noteStates(note);
    const dependencies = noteDependencies(note);
    return {
      name: 'honest',
      ...received((ports, receiver) => dependencies(states(ports, receiver), receiver)),
      ...noteDispositions(note),
      write: (write, before) => {
        this.fields.onWrite(write);
        for (const mutant of this.#byTransition.get(write.transition) ?? []) {
          const { meets } = mutant;
          if (!this.#met.has(mutant) && 'differs' in meets && meets.differs(write, before))
            this.#met.add(mutant);
        }
        return write;
      },
    };
  }
}

function add<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}
