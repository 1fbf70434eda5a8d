/**
 * The clock of this process goes in steps, and runs between them. Timers run as ever.
 * @param from epoch milliseconds: it begins there with the first step
 */
export function steppedClock(from: number) {
  const RealDate = Date;
  let at = from;
  let aheadMs = 0;
  class SteppedDate extends RealDate {
    constructor(...given: [] | [value: number | string | Date]) {
      if (given.length === 0) super(RealDate.now() + aheadMs);
      else super(...(given as [number]));
    }

    static override now(): number {
      return RealDate.now() + aheadMs;
    }
  }
  globalThis.Date = SteppedDate as DateConstructor;
  return {
    /** It is so many milliseconds after the step before. */
    step(milliseconds: number): void {
      at += milliseconds;
      aheadMs = Math.round(at) - RealDate.now();
    },
    restore(): void {
      globalThis.Date = RealDate;
    },
  };
}
