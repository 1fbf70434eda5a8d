import { type Contracts, contractOf } from '../../author/contract.ts';
import { mask } from '../../author/secret-fields.ts';
import { readJson } from '../../domain/base/read-json.ts';
import { sha256 } from '../../domain/base/sha256.ts';
import type { JobItem, JobProgress } from '../../domain/state/job/item.ts';
import { hasEtag } from '../wire/etag.ts';
import type { HttpRequest, HttpResponse } from '../wire/http-types.ts';
import { holdsLink, jsonResponse } from '../wire/respond.ts';
import { type JobResponse, retryAfterSeconds, toJobResponse } from './job-response.ts';
import { type JobUrls, operationLocation } from './job-urls.ts';

interface Shown {
  readonly urls: JobUrls;
  /** Epoch milliseconds. */
  readonly now: number;
  /** See `childrenProgress`. */
  readonly ofChildren?: JobProgress | undefined;
}

/** The tag of a job's state. Not of the link to it: a grant is replaced when its key is. */
export function etagOf({ pageUrl: _, ...state }: JobResponse): string {
  return `"${sha256(JSON.stringify(state)).slice(0, 22)}"`;
}

/** The job with its `ETag`, or 304 if the client has this very state. */
export function statusResponse(
  job: JobItem,
  request: HttpRequest,
  { urls, now, ofChildren }: Shown,
): HttpResponse {
  const body = toJobResponse(job, urls, ofChildren);
  const etag = etagOf(body);
  const retryAfter = retryAfterSeconds(job, now);
  const headers = {
    etag,
    ...holdsLink,
    vary: 'Accept',
    [operationLocation]: urls.statusUrl,
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  };
  return hasEtag(request.headers['if-none-match'], etag)
    ? { statusCode: 304, headers }
    : jsonResponse(200, body, headers);
}

/** The job as people see it: its result without what its contract marks as secret. */
export function withoutSecrets(job: JobItem, contracts: Contracts): JobItem {
  const contract = contractOf(contracts, job.type);
  if (job.result === undefined || !contract) return job;
  return { ...job, result: JSON.stringify(mask(contract.result, readJson(job.result))) };
}
