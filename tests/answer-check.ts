import { decodePath } from '../local/gateway/decode-path.ts';
import {
  type DocumentedResponse,
  document,
  operations,
  pointer,
  responseAt,
  violationsAt,
} from './api-document.ts';

export interface CheckedAnswer {
  readonly method: string;
  /** The path of the request, without its query. */
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

const patterns = Object.keys(document.paths)
  .map((path) => ({
    path,
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
  }))
  // `/jobs/batch` is no job.
  .sort((one, other) => Number(one.path.includes('{')) - Number(other.path.includes('{')));

/** The address of the operation that a request is for; undefined if there is none. A `HEAD` is for that of the `GET`. */
export function operationFor(method: string, sent: string): string | undefined {
  const path = decodePath(sent)?.routed ?? sent;
  const matching = patterns
    .filter(({ pattern }) => pattern.test(path))
    .map((each) => `${method === 'HEAD' ? 'GET' : method} ${each.path}`);
  return matching.find((key) => operations.has(key));
}

/** Everything in an answer that is not as the document has it. */
export function problemsWith(answer: CheckedAnswer): readonly string[] {
  const { method, path, status } = answer;
  const key = operationFor(method, path);
  const found = key === undefined ? otherResponse(status) : responseOf(key, status);
  if (!found) return [`status ${status} is not declared for ${key ?? 'other requests'}`];
  return [...headerProblems(answer, found), ...bodyProblems(answer, found)];
}

interface Found {
  readonly place: string;
  readonly response: DocumentedResponse;
}

function otherResponse(status: number): Found | undefined {
  const response = document['x-other-requests'][status];
  return response && { place: pointer('x-other-requests', status), response };
}

function responseOf(key: string, status: number): Found | undefined {
  const response = operations.get(key)?.responses[status];
  if (response === undefined) return undefined;
  const [method = '', path = ''] = key.split(' ');
  return responseAt(pointer('paths', path, method.toLowerCase(), 'responses', status), response);
}

function headerProblems(
  { headers }: CheckedAnswer,
  { place, response: { headers: declared = {} } }: Found,
): readonly string[] {
  return Object.entries(declared).flatMap(([name, { required, schema }]) => {
    const text = headers.get(name);
    if (text === null) return required ? [`the header ${name} is missing`] : [];
    const value = schema.type === 'integer' ? Number(text) : text;
    return violationsAt(`${place}${pointer('headers', name, 'schema')}`, value).map(
      (violation) => `the header ${name} is ${text}:${violation}`,
    );
  });
}

function bodyProblems(
  { method, headers, body }: CheckedAnswer,
  { place, response }: Found,
): readonly string[] {
  const { content = {} } = response;
  if (method === 'HEAD' || Object.keys(content).length === 0)
    return body === '' ? [] : [`there is a body, but none is declared: ${body.slice(0, 200)}`];
  const mediaType = headers.get('content-type')?.split(';')[0] ?? 'none';
  if (!(mediaType in content)) return [`the content type ${mediaType} is not declared`];
  return violationsAt(
    `${place}${pointer('content', mediaType, 'schema')}`,
    mediaType.endsWith('json') ? JSON.parse(body) : body,
  ).map((violation) => `the body${violation}`);
}
