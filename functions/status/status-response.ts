import { hash } from 'node:crypto';
import type { HttpRequest, HttpResponse } from '../../shared/http/http-types.ts';
import { retryAfterSeconds, toJobResponse } from '../../shared/http/job-response.ts';
import type { JobUrls } from '../../shared/http/job-urls.ts';
import { jsonResponse } from '../../shared/http/respond.ts';
import { type Contracts, contractOf } from '../../shared/job/contract.ts';
import type { JobItem } from '../../shared/job/item.ts';
import { readJson } from '../../shared/job/read-json.ts';
import { mask } from '../../shared/job/secret-fields.ts';

interface Shown {
  readonly urls: JobUrls;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The job with its `ETag`, or 304 if the client has this very state. */
export function statusResponse(job: JobItem, request: HttpRequest, { urls, now }: Shown): HttpResponse {
  const body = toJobResponse(job, urls);
  // Of the job, not of the link to it: a grant is replaced when its key is.
  const { pageUrl: _, ...state } = body;
  const digest = hash('sha256', JSON.stringify(state), 'base64url').slice(0, 22);
  const etag = `"${digest}"`;
  const retryAfter = retryAfterSeconds(job, now);
  const headers = {
    etag,
    'cache-control': 'private, no-cache',
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

/** An answer for a browser. The page's address has a grant, which must not be sent to other sites. */
export const pageResponse = (response: HttpResponse): HttpResponse => ({
  ...response,
  headers: { ...response.headers, 'referrer-policy': 'same-origin' },
});

/** RFC 9110, section 13.1.2: a list of tags, weakly compared, or `*`. */
const hasEtag = (header: string | undefined, etag: string): boolean =>
  (header ?? '').split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));
