import { ForbiddenError } from '../../domain/base/errors.ts';
import type { HttpRequest } from '../wire/http-types.ts';

const safeMethods = ['GET', 'HEAD'];

/**
 * A browser sends cookies along with whatever another site makes it send. So what changes something must come from a
 * page of ours: `Sec-Fetch-Site` says so, or the `Origin` where a browser does not send that.
 * @throws ForbiddenError
 */
export function requireSameOrigin({ headers, requestContext, publicUrl }: HttpRequest): void {
  if (safeMethods.includes(requestContext.http.method)) return;
  const site = headers['sec-fetch-site'];
  const called = `${headers['x-forwarded-proto'] ?? 'http'}://${headers.host ?? requestContext.domainName}`;
  const own = publicUrl === '' ? called : new URL(publicUrl).origin;
  if (site === undefined ? headers.origin === own : site === 'same-origin') return;
  throw new ForbiddenError('The request does not come from a page of this site.');
}
