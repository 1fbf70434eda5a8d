import { readFileSync } from 'node:fs';

/**
 * Preloaded into `npm start` and its threads, it sets the clock of the machine ahead by `?aheadMs=...` of its address, or by what
 * a file says, `?from=...` in the folder of the process: as if the machine had been off for so long. Timers run as ever.
 */
const asked = new URL(import.meta.url).searchParams;
const file = asked.get('from');
const aheadMs = Number(file === null ? asked.get('aheadMs') : readFileSync(file, 'utf8'));
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
