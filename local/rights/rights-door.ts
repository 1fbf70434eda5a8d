import type { IncomingMessage } from 'node:http';
import type { ReadCalls } from './calls.ts';
import { denialOf, handedOver, putRoles } from './roles.ts';

/** Where a process that uses the emulators of another one hands the roles of its functions over. */
export const rolesPath = '/roles-of-this-machine';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const json = (status: number, value: object, code?: string): Answer => {
  const body = Buffer.from(JSON.stringify(value));
  return {
    status,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': String(body.byteLength),
      ...(code === undefined ? {} : { 'x-amzn-errortype': code }),
    },
    body,
  };
};

const keyOf = ({ headers }: IncomingMessage): string =>
  /Credential=([^/,]+)/.exec(headers.authorization ?? '')?.[1] ?? '';

/**
 * The answer to a signed call that the role of who makes it does not allow, as AWS gives it.
 * @param bodyOf reads the body, and leaves it for who reads it next
 */
export async function answerToRefused(
  incoming: IncomingMessage,
  readCalls: ReadCalls,
  bodyOf: () => Promise<Buffer | undefined>,
): Promise<Answer | undefined> {
  const accessKeyId = keyOf(incoming);
  const denial = await denialOf(accessKeyId, async () =>
    readCalls(incoming, (await bodyOf())?.toString() ?? ''),
  );
  if (denial === undefined) return undefined;
  const { code, message } = denial;
  const answer = { __type: `com.amazon.coral.service#${code}`, message, Message: message };
  return json(400, answer, code);
}

/** Takes what another process hands over. */
export function takeRoles(body: Buffer): Answer {
  putRoles(handedOver.parse(JSON.parse(body.toString())));
  return json(200, {});
}
