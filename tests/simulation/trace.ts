import { startOfTime } from '../../testkit/play/virtual-time.ts';

/** What happened, step by step. It is written out only where somebody reads it: few of the runs are looked at. */
export class Trace {
  readonly #steps: { readonly at: number; readonly what: string }[] = [];

  say(at: number, what: string): void {
    this.#steps.push({ at, what });
  }

  get lines(): readonly string[] {
    return this.#steps.map(
      ({ at, what }) => `${((at - startOfTime) / 1000).toFixed(3).padStart(10)} ${what}`,
    );
  }
}
