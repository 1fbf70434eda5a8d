import { PayloadTooLargeError, UnsupportedMediaTypeError } from '../../domain/base/errors.ts';
import type { HttpRequest } from './http-types.ts';
import { requireShallow } from './nesting.ts';
import { invalid } from './violations.ts';

/** Of one submission. Checked before anything is parsed. What the job has to fit into is checked by `submitJob`. */
export const maxBodyBytes = 256 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The JSON in a request's body.
 * @throws UnsupportedMediaTypeError; PayloadTooLargeError; InvalidRequestError for what is not JSON in UTF-8, or nests
 * too deeply
 */
export function parseJsonBody(request: HttpRequest, maxBytes: number): unknown {
  const value = parseDeepJsonBody(request, maxBytes);
  requireShallow(value);
  return value;
}

/** The same of a body whose parts are looked at one by one: a part that nests too deeply is refused alone. */
export function parseDeepJsonBody(request: HttpRequest, maxBytes: number): unknown {
  const { headers, body, isBase64Encoded } = request;
  requireNoEncoding(request);
  const mediaType = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') throw new UnsupportedMediaTypeError('Send application/json.');
  // API Gateway leaves out a body that is empty; its local stand-in says null, and of the JSON `false` and `null` it
  // makes that value.
  const isNull = body === null && Number(headers['content-length'] ?? 0) > 0;
  const bytes = Buffer.from(isNull ? 'null' : String(body ?? ''), isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.byteLength > maxBytes)
    throw new PayloadTooLargeError(`The body may have ${maxBytes} bytes; it has ${bytes.byteLength}.`);
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw invalid([{ pointer: '', detail: 'the body is not JSON in UTF-8' }], { cause });
  }
}

/**
 * API Gateway hands a body over as it came. Taken for plain text, a compressed one would be called bad JSON. @throws
 * UnsupportedMediaTypeError
 */
export function requireNoEncoding({ headers }: Pick<HttpRequest, 'headers'>): void {
  const encoding = (headers['content-encoding'] ?? '').trim().toLowerCase();
  if (encoding !== '' && encoding !== 'identity')
    throw new UnsupportedMediaTypeError('Send the body as it is, without a Content-Encoding.');
}
