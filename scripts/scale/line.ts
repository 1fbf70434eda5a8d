/** So many jobs that came in the same second. */
interface Chunk {
  readonly at: number;
  amount: number;
}

/** Jobs that wait one behind the other: a flow, so an amount need not be whole. */
export class Line {
  #chunks: Chunk[] = [];
  #from = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(amount: number, at: number): void {
    if (amount <= 0) return;
    this.#chunks.push({ at, amount });
    this.#length += amount;
  }

  /** Takes so many from the front, or all if there are less. @returns them, with the second in which each came */
  take(amount: number): readonly Chunk[] {
    const taken: Chunk[] = [];
    let left = Math.min(amount, this.#length);
    this.#length -= left;
    while (left > tiny) {
      const chunk = this.#chunks[this.#from];
      if (chunk === undefined) break;
      const part = Math.min(left, chunk.amount);
      taken.push({ at: chunk.at, amount: part });
      chunk.amount -= part;
      left -= part;
      if (chunk.amount <= tiny) this.#from += 1;
    }
    if (this.#length < tiny) this.#length = 0;
    this.#forget();
    return taken;
  }

  #forget(): void {
    if (this.#from < 10_000) return;
    this.#chunks = this.#chunks.slice(this.#from);
    this.#from = 0;
  }
}

/** Less than this of a job is a rounding error. */
const tiny = 1e-6;

/** How long jobs have waited, in whole seconds. */
export class Waits {
  readonly #amounts = new Map<number, number>();
  #all = 0;

  note(seconds: number, amount: number): void {
    this.#amounts.set(seconds, (this.#amounts.get(seconds) ?? 0) + amount);
    this.#all += amount;
  }

  addAll(others: Waits): void {
    for (const [seconds, amount] of others.#amounts) this.note(seconds, amount);
  }

  get jobs(): number {
    return this.#all;
  }

  get figures() {
    const sorted = [...this.#amounts].sort(([one], [other]) => one - other);
    /** So long or less has this part of them waited. */
    const within = (part: number): number => {
      let sum = 0;
      for (const [seconds, amount] of sorted) {
        sum += amount;
        if (sum >= part * this.#all - tiny) return seconds;
      }
      return sorted.at(-1)?.[0] ?? 0;
    };
    return { jobs: this.#all, median: within(0.5), p99: within(0.99), maximum: within(1) };
  }
}
