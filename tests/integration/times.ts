import { expect } from '@jest/globals';
import type { JobResponse } from '../../shared/http/responses/job-response.ts';

export const startOf = ({ startedAt }: JobResponse): number => Date.parse(startedAt ?? '');
export const endOf = ({ finishedAt }: JobResponse): number => Date.parse(finishedAt ?? '');

/** Expects that each job started only after the job before it had ended. */
export function expectOneAfterTheOther(jobs: readonly JobResponse[]): void {
  for (const [index, job] of jobs.entries()) {
    const previous = jobs[index - 1];
    if (previous) expect(startOf(job)).toBeGreaterThanOrEqual(endOf(previous));
    expect(endOf(job)).toBeGreaterThanOrEqual(startOf(job));
  }
}

/** Expects that the history has one end, and that it is the job's status. */
export function expectOneEnd({ history, status }: JobResponse): void {
  const ends = history.map(({ event }) => event).filter((event) => endings.includes(event));
  expect(ends).toEqual([status]);
}
const endings = ['succeeded', 'failed', 'canceled'];
