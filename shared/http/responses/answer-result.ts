import { defined } from '../../domain/base/defined.ts';
import { NoResultError } from '../../domain/base/errors.ts';
import type { Clock } from '../../domain/base/ports.ts';
import { sha256 } from '../../domain/base/sha256.ts';
import type { ObjectSigner } from '../../domain/objects/object-ports.ts';
import type { StoredObject } from '../../domain/objects/stored-object.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { hasEtag } from '../wire/etag.ts';
import type { HttpRequest, HttpResponse } from '../wire/http-types.ts';

interface ResultDependencies {
  readonly signer: Pick<ObjectSigner, 'signDownload'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Under which name a browser saves an object. Without one it shows it. */
  readonly fileName?: string | undefined;
}

/** The URL fetches the object for so long. */
const expiresSeconds = 15 * 60;

/**
 * Answers `GET /jobs/{id}/result`: with the result itself, as the handler returned it, or with the way to its object.
 * The caller has checked that the job may be seen.
 * @throws NoResultError
 */
export async function answerResult(
  job: JobItem,
  request: HttpRequest,
  deps: ResultDependencies,
): Promise<HttpResponse> {
  const { result, resultObject, status } = job;
  if (resultObject) return redirectTo(resultObject, request, deps);
  if (result === undefined)
    throw new NoResultError(`The job is ${status}; only a job that has succeeded has a result.`);
  const etag = `"${sha256(result).slice(0, 22)}"`;
  const headers = { etag, 'cache-control': 'private, no-cache' };
  if (hasEtag(request.headers['if-none-match'], etag)) return { statusCode: 304, headers };
  return { statusCode: 200, headers: { 'content-type': 'application/json', ...headers }, body: result };
}

/** The URL is a credential: it is not kept, and not logged. */
async function redirectTo(
  { name }: StoredObject,
  { requestContext }: HttpRequest,
  { signer, clock, fileName }: ResultDependencies,
): Promise<HttpResponse> {
  const saved = defined({ fileName });
  // A client that follows a redirect keeps the method.
  const method = requestContext.http.method === 'HEAD' ? 'HEAD' : 'GET';
  const location = await signer.signDownload({ name, method, ...saved, now: clock.now(), expiresSeconds });
  return { statusCode: 303, headers: { location, 'cache-control': 'no-store' } };
}
