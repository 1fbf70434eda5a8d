/**
 * The thresholds of SQS: of what is in flight, how many at least, and of the time that messages were processed lately.
 */
const [noisyShare, noisyInFlight] = [0.1, 30];
/** SQS does not say how far back "recent" goes. Here time that was spent a minute ago counts half. */
const halfLifeMs = 60_000;
/** So little is not worth remembering. */
const negligibleMs = 1;

/**
 * The order in which SQS delivers from a standard queue whose messages have groups, as it documents it ("How Amazon SQS
 * fair queues work"): a tenant that takes more than its share is noisy, and messages of quiet ones come first. Of two
 * noisy tenants the one with fewer messages in flight comes first. SQS itself applies it roughly. Whether a tenant that
 * has sent nothing for five minutes is still noisy while its backlog lasts, SQS leaves open; here it is.
 */
export class FairOrder {
  readonly #spentMs = new Map<string, number>();
  #inFlight: ReadonlyMap<string, number> = new Map();
  #lookedAt: number | undefined;

  /**
   * Call it with what has been in flight since the last call, before that changes, and once more after.
   * @param now epoch milliseconds
   * @param inFlight how many messages of each tenant are invisible since they were received, whether they run or wait
   */
  look(now: number, inFlight: ReadonlyMap<string, number>): void {
    const passed = Math.max(0, now - (this.#lookedAt ?? now));
    this.#lookedAt = now;
    this.#inFlight = inFlight;
    if (passed === 0) return;
    for (const [tenant, ms] of this.#spentMs) {
      const left = ms * 0.5 ** (passed / halfLifeMs);
      if (left < negligibleMs) this.#spentMs.delete(tenant);
      else this.#spentMs.set(tenant, left);
    }
    for (const [tenant, count] of inFlight)
      this.#spentMs.set(tenant, (this.#spentMs.get(tenant) ?? 0) + count * passed);
  }

  /** The places of tenants in the order: 0 is for all that are quiet. To be used until the next look. */
  ranks(): (tenant: string) => number {
    const [allSpent, allInFlight] = [sumOf(this.#spentMs), sumOf(this.#inFlight)];
    return (tenant) => {
      const inFlight = this.#inFlight.get(tenant) ?? 0;
      const isBusy = inFlight >= noisyInFlight && inFlight > noisyShare * allInFlight;
      const isNoisy = isBusy || (this.#spentMs.get(tenant) ?? 0) > noisyShare * allSpent;
      return isNoisy ? 1 + inFlight : 0;
    };
  }
}

const sumOf = (numbers: ReadonlyMap<string, number>): number => {
  let sum = 0;
  for (const each of numbers.values()) sum += each;
  return sum;
};
