import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { RecordedRequest } from './recorded-aws.ts';
import { checkedSignature, type Secrets, signedAt } from './signature-check.ts';

/** A sender of a request says by these who it is, and no service reads them. */
const agents = ['user-agent', 'x-amz-user-agent'];
const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
/** A busy machine needs seconds for a call. */
const soonMs = 60_000;

/**
 * A request without what has to be another one each time; that is checked here. The SDK writes the members of an input in the order of
 * its model. They are in the order of their names here.
 * @throws Error for what AWS would refuse
 */
export async function comparable(request: RecordedRequest, secrets: Secrets) {
  const { names, ...scope } = await checkedSignature(request, secrets);
  const { method, path, body } = request;
  const headers = Object.fromEntries(request.headers);
  const right = {
    'x-amz-content-sha256': headers['x-amz-content-sha256'] === hash('sha256', body),
    'content-length': headers['content-length'] === (body.length > 0 ? String(body.length) : undefined),
    'amz-sdk-invocation-id': uuid.test(headers['amz-sdk-invocation-id'] ?? ''),
    'x-amz-date': Math.abs(signedAt(request).getTime() - Date.now()) < soonMs,
  };
  for (const [name, isRight] of Object.entries(right)) {
    if (!isRight) throw new Error(`${name} is ${headers[name]}`);
    delete headers[name];
  }
  for (const name of ['authorization', ...agents]) delete headers[name];
  const signed = names.filter((name) => !agents.includes(name));
  return { method, path, headers, body: body.length > 0 ? sortedBody(body.toString()) : '', scope, signed };
}

/**
 * The text of a body, byte for byte, but with the members of each object in the order of their names. Texts stay as they are written:
 * an escape is another text than what it means.
 */
function sortedBody(json: string): string {
  const marked = json.replaceAll(/"(?:[^"\\]|\\.)*"/g, (text) => JSON.stringify(text));
  return JSON.stringify(sorted(JSON.parse(marked)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .map(([name, member]): [string, unknown] => [name, sorted(member)])
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

/** @throws Error if they are not alike */
export async function checkAlike(requests: readonly RecordedRequest[], secrets: Secrets): Promise<void> {
  const [first, ...others] = await Promise.all(requests.map((request) => comparable(request, secrets)));
  for (const other of others)
    if (!isDeepStrictEqual(other, first))
      throw new Error(`one client sends ${JSON.stringify(first)}, and another ${JSON.stringify(other)}`);
}
