import { figureOf } from './limits.ts';

const doubling = figureOf('doubling');

/**
 * The write units a second that a table on demand takes, or an index. It takes twice its highest rate at once; what goes beyond
 * that within 30 minutes may be refused, and is refused here. So it doubles every half hour, up to the quota.
 */
export class TableFlow {
  readonly #warm: number;
  readonly #quota: number;
  /** The highest rate up to each minute. */
  readonly #highest: number[] = [];

  constructor(warm: number, quota: number) {
    this.#warm = Math.min(warm, quota);
    this.#quota = quota;
  }

  takes(second: number): number {
    const before = Math.floor(second / 60) - doubling;
    const highest = this.#highest[Math.min(before, this.#highest.length - 1)] ?? 0;
    return Math.min(this.#quota, Math.max(this.#warm, 2 * highest));
  }

  note(second: number, units: number): void {
    const minute = Math.floor(second / 60);
    for (let each = this.#highest.length; each <= minute; each += 1)
      this.#highest.push(this.#highest[each - 1] ?? 0);
    this.#highest[minute] = Math.max(this.#highest[minute] ?? 0, units);
  }
}
