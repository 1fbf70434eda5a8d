/**
 * Preloaded into `npm start` and its threads, it sets the clock of the machine ahead by `?aheadMs=...` of its address: as if
 * the machine had been off for so long. Timers run as ever.
 */
const aheadMs = Number(new URL(import.meta.url).searchParams.get('aheadMs'));
const RealDate = Date;

class DateAhead extends RealDate {
  constructor(...given: [] | [value: number | string | Date]) {
    if (given.length === 0) super(RealDate.now() + aheadMs);
    else super(...(given as [number]));
  }

  static override now(): number {
    return RealDate.now() + aheadMs;
  }
}

globalThis.Date = DateAhead as DateConstructor;
