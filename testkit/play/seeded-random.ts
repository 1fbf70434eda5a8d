import type { Random } from '../../shared/domain/base/ports.ts';

/** A seeded source of randomness (mulberry32): the same seed, the same run. */
export class SeededRandom implements Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  uuid(): string {
    const [first, second, third, fourth] = [this.#hex(), this.#hex(), this.#hex(), this.#hex()];
    const [middle, next] = [
      `${second.slice(0, 4)}-${second.slice(4)}`,
      `${third.slice(0, 4)}-${third.slice(4)}`,
    ];
    return `${first}-${middle}-${next}${fourth}`;
  }

  #hex(): string {
    return this.below(2 ** 32)
      .toString(16)
      .padStart(8, '0');
  }

  /** A whole number from 0 to `bound - 1`. */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new RangeError('nothing to pick from');
    return choice;
  }

  /** The same things in another order, of which each is as likely (Fisher-Yates). */
  shuffle<T>(things: readonly T[]): T[] {
    const shuffled = [...things];
    for (let last = shuffled.length - 1; last > 0; last -= 1)
      shuffled.push(...shuffled.splice(this.below(last + 1), 1));
    return shuffled;
  }
}
