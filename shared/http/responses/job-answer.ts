import type { RootSecretEntry } from '../../domain/access/access-entry.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import type { Submitted } from '../../operations/submit/submission.ts';
import type { Caller } from '../access/caller.ts';
import type { HttpRequest, HttpResponse } from '../wire/http-types.ts';
import { holdsLink, jsonResponse } from '../wire/respond.ts';
import {
  type AcceptedJob,
  retryAfterSeconds,
  toAcceptedJob,
  toJobResponse,
  withoutContent,
} from './job-response.ts';
import { type JobUrls, jobUrls, operationLocation, statusUrlOf } from './job-urls.ts';

export interface Answering {
  readonly request: HttpRequest;
  readonly caller: Pick<Caller, 'rights'>;
  readonly root: RootSecretEntry;
  readonly retentionDays: number;
}

/** Asked for before a job is changed: without it there would be no answer that says what was done. */
export type Granting = () => Promise<Pick<Answering, 'root' | 'retentionDays'>>;

/** The answer to a call that changed a job: the job as it is now. */
export const jobAnswer = (
  status: number,
  job: JobItem,
  answering: Answering,
  headers: Record<string, string> = {},
): HttpResponse => {
  const all = { ...headers, ...holdsLink };
  if (mayRead(answering)) return jsonResponse(status, toJobResponse(job, jobUrlsFor(job, answering)), all);
  const { result: _, ...shown } = toJobResponse(withoutContent(job), jobUrlsFor(job, answering));
  return jsonResponse(status, shown, all);
};

/** The same for a job of a batch. */
export const acceptedJobFor = (job: JobItem, answering: Answering): AcceptedJob =>
  toAcceptedJob(mayRead(answering) ? job : withoutContent(job), jobUrlsFor(job, answering));

const mayRead = ({ caller }: Answering): boolean => caller.rights.includes('read');

/** The link to the page lets its holder read the job. */
const jobUrlsFor = (job: JobItem, answering: Answering): JobUrls =>
  mayRead(answering)
    ? jobUrls(answering.request, job, answering)
    : { statusUrl: statusUrlOf(answering.request, job.id) };

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
