import { hash } from 'node:crypto';
import { retryAfterSeconds, toJobResponse } from '../../shared/http/job-response.ts';
import { type HttpRequest, type HttpResponse, jsonResponse, statusUrlOf } from '../../shared/http/respond.ts';
import type { JobItem } from '../../shared/job/item.ts';

/** The job with its `ETag`, or 304 if the client has this very state. */
export function statusResponse(job: JobItem, request: HttpRequest, now: number): HttpResponse {
  const body = toJobResponse(job, statusUrlOf(request, job.id));
  const digest = hash('sha256', JSON.stringify(body), 'base64url').slice(0, 22);
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

/** RFC 9110, section 13.1.2: a list of tags, weakly compared, or `*`. */
const hasEtag = (header: string | undefined, etag: string): boolean =>
  (header ?? '').split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));
