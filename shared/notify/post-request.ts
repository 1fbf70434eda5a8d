import { request as httpRequest, type IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Clock } from '../domain/base/ports.ts';
import { withinTime } from '../domain/base/within-time.ts';
import type { Network } from './network.ts';

/**
 * The name leads to an address that is not public. The text does not say to which: it goes to the tenant that named it.
 */
export class InnerAddressError extends Error {
  override readonly name = 'InnerAddressError';
}

/** The answer was not there, or not whole, in time. */
export class AnswerTimeoutError extends Error {
  override readonly name = 'AnswerTimeoutError';
}

/** The connection was closed, and there was no answer. */
export class UnansweredError extends Error {
  override readonly name = 'UnansweredError';
}

export interface Post {
  readonly url: URL;
  /** The host may have an address that is not public. */
  readonly mayBeInner: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface PostLimits {
  /** For all of it: look-up, connection, answer. */
  readonly timeoutMs: number;
  /** Of the answer, more is not waited for. */
  readonly maxAnswerBytes: number;
}

/** What is looked at of an answer. */
export interface Answered {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/**
 * Posts to an address, on a connection of its own. The name is looked up once, and only what was checked is connected
 * to. A redirect is an answer like any other.
 * @throws InnerAddressError, AnswerTimeoutError, UnansweredError, errors of the network and of TLS
 */
export async function postRequest(
  post: Post,
  { timeoutMs, maxAnswerBytes }: PostLimits,
  { network, clock }: { readonly network: Network; readonly clock: Pick<Clock, 'sleep'> },
): Promise<Answered> {
  // By a timer of the clock: `AbortSignal.timeout` keeps no process alive, and Lambda takes a process with nothing left
  // to wait for as one that has come to its end.
  const call = async (signal: AbortSignal): Promise<Answered> => {
    const response = await send(post, await addressesOf(post, network), { network, signal });
    await readUpTo(maxAnswerBytes, response);
    return { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] };
  };
  const tooLate = () => new AnswerTimeoutError(`no whole answer within ${timeoutMs / 1000} s`);
  return withinTime(call, { milliseconds: timeoutMs, tooLate }, clock);
}

/** @throws InnerAddressError if even one of them is not public: nobody can say which would be connected to */
async function addressesOf({ url, mayBeInner }: Post, network: Network): Promise<readonly string[]> {
  const host = hostOf(url);
  const addresses = isIP(host) === 0 ? await network.lookup(host) : [host];
  if (!mayBeInner && !addresses.every(isPublicAddress))
    throw new InnerAddressError('the host has an address that is not public');
  return addresses;
}

/** `URL` has an IPv6 address in brackets. */
const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

function send(
  { url, headers, body }: Post,
  addresses: readonly string[],
  { network, signal }: { readonly network: Network; readonly signal: AbortSignal },
): Promise<IncomingMessage> {
  const isSecure = url.protocol === 'https:';
  const port = Number(url.port || (isSecure ? 443 : 80));
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      method: 'POST',
      path: `${url.pathname}${url.search}`,
      headers: { ...headers, host: url.host, 'content-length': String(Buffer.byteLength(body)) },
      signal,
      createConnection: () => network.connect({ hostname: hostOf(url), addresses, port, isSecure }),
    });
    // An answer 101, to a request that did not ask for it, ends the connection without a response and without an error.
    const closed = () => reject(new UnansweredError('the connection was closed without an answer'));
    request.on('response', resolve).on('error', reject).on('close', closed).end(body);
  });
}

/** Leaving the loop closes the connection. */
async function readUpTo(maxBytes: number, response: IncomingMessage): Promise<void> {
  let bytes = 0;
  for await (const chunk of response) {
    bytes += Buffer.byteLength(chunk);
    if (bytes >= maxBytes) return;
  }
}

/** Of IPv6, IANA has given out no other addresses than these for the public network. */
const globalUnicast: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];

/**
 * Whether an IP address is one of the public network. Not public are private, loopback, link-local (with the metadata
 * service), unique local, multicast, shared (CGNAT), benchmark, documentation and reserved addresses. Neither are forms
 * that stand for an IPv4 address: mapped, compatible, 6to4, Teredo, NAT64.
 */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 0 || text.includes('%')) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== 'unicast') return false;
  return address instanceof ipaddr.IPv6 ? address.match(globalUnicast) : true;
}
