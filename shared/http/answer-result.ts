import { hash } from 'node:crypto';
import { NoResultError } from '../job/errors.ts';
import type { JobItem } from '../job/item.ts';
import { hasEtag } from './etag.ts';
import type { HttpRequest, HttpResponse } from './http-types.ts';

/** Answers `GET /jobs/{id}/result` with the result itself, as the handler returned it. @throws NoResultError */
export function answerResult({ result, status }: JobItem, request: HttpRequest): HttpResponse {
  if (result === undefined)
    throw new NoResultError(`The job is ${status}; only a job that has succeeded has a result.`);
  const etag = `"${hash('sha256', result, 'base64url').slice(0, 22)}"`;
  const headers = { etag, 'cache-control': 'private, no-cache' };
  if (hasEtag(request.headers['if-none-match'], etag)) return { statusCode: 304, headers };
  return { statusCode: 200, headers: { 'content-type': 'application/json', ...headers }, body: result };
}
