import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { credentials } from '../local-aws.ts';
import type { ReadCalls } from '../rights/calls.ts';
import { answerToRefused, rolesPath, takeRoles } from '../rights/rights-door.ts';
import { whyStrangeHost } from './allowed-hosts.ts';
import { type Rejection, refusal, refuse } from './refused-requests.ts';
import { isSigned, readAhead } from './signed-call.ts';

/** @returns the answer to a request that the listeners of a server must not see */
type Check = (incoming: IncomingMessage) => Rejection | undefined | Promise<Rejection | undefined>;

/** Has a server call its listeners only for requests that a check lets through. Call it once they are there. */
export function guard(server: Server, check: Check): void {
  for (const event of ['request', 'checkContinue']) {
    const listeners = server.listeners(event) as RequestListener[];
    if (listeners.length === 0) continue;
    server.removeAllListeners(event);
    const answer: RequestListener = async (incoming, response) => {
      const rejection = await check(incoming);
      if (rejection) return refuse(response, rejection);
      for (const each of listeners) each.call(server, incoming, response);
    };
    server.on(event, (incoming: IncomingMessage, response) => {
      Promise.resolve(answer(incoming, response)).catch(() => incoming.destroy());
    });
  }
}

/** Of a port whose requests carry their own permission, as signed URLs do. */
export const knownHostsOnly =
  (allowed: readonly string[]): Check =>
  ({ headers, url }) => {
    const strange = whyStrangeHost(headers.host, allowed);
    return strange === undefined ? undefined : refusal(403, strange, url);
  };

/**
 * Of a port that only processes of this start call: no page does, and who calls knows the secret. What a function calls,
 * its role allows.
 */
export const ownProcessesOnly =
  (allowed: readonly string[], readCalls: ReadCalls): Check =>
  async (incoming) => {
    const { headers, url } = incoming;
    const strange = whyStrangeHost(headers.host, allowed);
    if (strange !== undefined) return refusal(403, strange, url);
    if (headers.origin !== undefined) return refusal(403, 'No page may call this port.', url);
    if (!(await isSigned(incoming, credentials.secretAccessKey))) return unsigned(url);
    if (url === rolesPath) return takeRoles((await readAhead(incoming)) ?? Buffer.from('{}'));
    return answerToRefused(incoming, readCalls, () => readAhead(incoming));
  };

/** The SDKs tell the user the name and the message. */
function unsigned(url: string | undefined): Rejection {
  const message = 'Sign the call with the credentials of this start. docs/access.md says where they are.';
  const { status, headers, body } = refusal(403, message, url);
  const named = Buffer.from(JSON.stringify({ ...JSON.parse(body.toString()), message }));
  return {
    status,
    headers: {
      ...headers,
      'content-length': String(named.byteLength),
      'x-amzn-errortype': 'InvalidSignatureException',
    },
    body: named,
  };
}
