import { expect } from '@jest/globals';
import type { JobResponse } from '../../shared/http/job-response.ts';

export const startOf = ({ startedAt }: JobResponse): number => Date.parse(startedAt ?? '');
export const endOf = ({ finishedAt }: JobResponse): number => Date.parse(finishedAt ?? '');

/** Each of the jobs began when the one before it had ended. */
export function expectOneAfterTheOther(jobs: readonly JobResponse[]): void {
  for (const [index, job] of jobs.entries()) {
    const before = jobs[index - 1];
    if (before) expect(startOf(job)).toBeGreaterThanOrEqual(endOf(before));
    expect(endOf(job)).toBeGreaterThanOrEqual(startOf(job));
  }
}

/** The job ended once, in one way. */
export function expectOneEnd({ history, status }: JobResponse): void {
  const ends = history.map(({ event }) => event).filter((event) => endings.includes(event));
  expect(ends).toEqual([status]);
}
const endings = ['succeeded', 'failed', 'canceled'];
