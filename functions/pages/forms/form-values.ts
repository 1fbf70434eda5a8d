import { InvalidRequestError, PayloadTooLargeError } from '../../../shared/domain/base/errors.ts';
import type { HttpRequest } from '../../../shared/http/wire/http-types.ts';
import { maxBodyBytes, requireNoEncoding } from '../../../shared/http/wire/parse-json-body.ts';

/** A form writes most characters as three. */
const maxFormBytes = 3 * maxBodyBytes;

/**
 * What a browser sends for a form. @throws InvalidRequestError for another content type; PayloadTooLargeError,
 * UnsupportedMediaTypeError
 */
export function formValues(request: HttpRequest): URLSearchParams {
  const { headers, body, isBase64Encoded } = request;
  if (!(headers['content-type'] ?? '').toLowerCase().startsWith('application/x-www-form-urlencoded'))
    throw new InvalidRequestError(
      'This is not a form: send application/x-www-form-urlencoded with the fields that the page has, or JSON to the API.',
    );
  requireNoEncoding(request);
  const bytes = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.byteLength > maxFormBytes)
    throw new PayloadTooLargeError(
      `What a form sends may have ${maxFormBytes} bytes; it has ${bytes.byteLength}.`,
    );
  return new URLSearchParams(bytes.toString());
}
