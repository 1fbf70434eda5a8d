import { isPlain } from './check-state.ts';

/** What look-ups were answered, in order, by their name and request. */
export type Answers = ReadonlyMap<string, readonly unknown[]>;

interface LookUp {
  /** Which start of the handler asked, from 1. */
  readonly start: number;
  answer?: { readonly value: unknown };
}

/** The look-ups of a run: the effects of any number that answer data. */
export class LookUps {
  readonly #asked = new Map<string, LookUp[]>();

  /**
   * Those that are made side by side are told apart by the order in which they are made.
   * @param name with its request @param given what look-ups are answered instead
   * @returns a function that takes the service's own answer, and returns the answer
   */
  ask(name: string, start: number, given: Answers | undefined): (own: unknown) => unknown {
    const all = this.#asked.get(name) ?? [];
    const planned = given?.get(name);
    const at = Math.min(all.length, (planned?.length ?? 0) - 1);
    const lookUp: LookUp = { start };
    this.#asked.set(name, [...all, lookUp]);
    return (own) => {
      if (!isData(own)) return own;
      lookUp.answer = { value: planned ? planned[at] : own };
      return lookUp.answer.value;
    };
  }

  get answers(): Answers {
    return this.#select((all) => all);
  }

  /** Which starts of the handler have asked, the last one first. */
  get starts(): readonly number[] {
    const starts = new Set([...this.#asked.values()].flat().map(({ start }) => start));
    return [...starts].sort((one, other) => other - one);
  }

  /**
   * Up to a start of the handler. What an earlier start has asked is earlier, even if its worker stood still meanwhile.
   */
  answersUntil(last: number): Answers {
    return this.#select((all) =>
      all.filter(({ start }) => start <= last).sort((one, other) => one.start - other.start),
    );
  }

  #select(choose: (all: readonly LookUp[]) => readonly LookUp[]): Answers {
    const valuesOf = (all: readonly LookUp[]) =>
      choose(all).flatMap(({ answer }) => (answer ? [answer.value] : []));
    const chosen = [...this.#asked].map(([name, all]) => [name, valuesOf(all)] as const);
    return new Map(chosen.filter(([, values]) => values.length > 0));
  }
}

/** Whether a value can be given again: not so a stream, which is read only once. */
const isData = (value: unknown): boolean =>
  typeof value !== 'object' || value === null
    ? typeof value !== 'function'
    : isPlain(value) || Array.isArray(value)
      ? Object.values(value).every(isData)
      : value instanceof Date || value instanceof Uint8Array;
