import type { HttpRequest } from '../../shared/http/http-types.ts';
import { InvalidRequestError } from '../../shared/job/errors.ts';

/** What a browser sends for a form. @throws InvalidRequestError for another content type */
export function formValues({ headers, body, isBase64Encoded }: HttpRequest): URLSearchParams {
  if (!(headers['content-type'] ?? '').toLowerCase().startsWith('application/x-www-form-urlencoded'))
    throw new InvalidRequestError('This is not a form.');
  return new URLSearchParams(Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8').toString());
}
