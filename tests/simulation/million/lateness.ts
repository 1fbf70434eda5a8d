/** How late jobs start, in seconds. */
export interface Lateness {
  readonly jobs: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** @param late seconds for each job; a job that starts on time has 0 */
export function latenessOf(late: readonly number[]): Lateness {
  const sorted = Float64Array.from(late).sort();
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
  return { jobs: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
