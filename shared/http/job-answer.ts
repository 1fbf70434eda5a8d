import type { RootEntry } from '../domain/access/access-entry.ts';
import type { JobItem } from '../domain/state/item.ts';
import type { Submitted } from '../operations/submit-job.ts';
import type { HttpRequest, HttpResponse } from './http-types.ts';
import { retryAfterSeconds, toJobResponse } from './job-response.ts';
import { jobUrls, operationLocation, statusUrlOf } from './job-urls.ts';
import { jsonResponse } from './respond.ts';

interface Answering {
  readonly request: HttpRequest;
  readonly root: RootEntry;
  readonly retentionDays: number;
}

/** The answer to a call that changed a job: the job as it is now. */
export const jobAnswer = (
  status: number,
  job: JobItem,
  { request, ...granting }: Answering,
  headers: Record<string, string> = {},
): HttpResponse => jsonResponse(status, toJobResponse(job, jobUrls(request, job, granting)), headers);

/** Tells a client that its submission came before, with the same key. */
export const replayedHeader = ({ replayed }: Pick<Submitted, 'replayed'>): Record<string, string> =>
  replayed ? { 'idempotent-replayed': 'true' } : {};

/** 202 for a job that is accepted, with where and when to ask for it. */
export const acceptedResponse = (
  submitted: Submitted,
  { now, ...answering }: Answering & { readonly now: number },
  headers: Record<string, string> = {},
): HttpResponse => {
  const statusUrl = statusUrlOf(answering.request, submitted.job.id);
  return jobAnswer(202, submitted.job, answering, {
    location: statusUrl,
    [operationLocation]: statusUrl,
    'retry-after': String(retryAfterSeconds(submitted.job, now) ?? 0),
    ...replayedHeader(submitted),
    ...headers,
  });
};
