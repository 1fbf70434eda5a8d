import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { readJson } from '../../domain/base/read-json.ts';
import { sha256 } from '../../domain/base/sha256.ts';
import { awsDomain } from '../aws-endpoints.ts';
import { signRequest } from '../lean/index.ts';

/** An answer takes milliseconds. Who waits for it has a lease, or a caller. */
const timeoutMs = 5_000;

interface SignedCall {
  /** As its address and its signature name it. */
  readonly service: string;
  readonly region: string;
  /** Where it is, if not at AWS. */
  readonly endpoint: string | undefined;
  /** Of its protocol: 1.1 if not given. */
  readonly version?: '1.0' | '1.1';
  /** The value of `x-amz-target`. */
  readonly target: string;
  readonly input: object;
}

/**
 * Calls a service of AWS that speaks JSON, without its client: a client would add more to a bundle than the call is
 * worth.
 * @throws whatever `fetch` throws; a refusal is an answer
 */
export async function callSigned({
  service,
  region,
  endpoint,
  version = '1.1',
  target,
  input,
}: SignedCall): Promise<Response> {
  const url = new URL(endpoint ?? `https://${service}.${region}.${awsDomain(region)}/`);
  const body = JSON.stringify(input);
  const headers = { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target };
  const signature = signRequest(
    { method: 'POST', path: '/', headers: { host: url.host, ...headers }, payload: sha256(body, 'hex') },
    // A provider keeps what it has found: one for the process would go on with credentials that the environment has no
    // more. In the bundles of functions the credentials are those of the environment (infra/packaging/not-bundled.ts).
    { credentials: await defaultProvider()(), region, service },
    Date.now(),
  );
  return fetch(url, {
    method: 'POST',
    headers: { ...headers, ...signature },
    body,
    signal: AbortSignal.timeout(timeoutMs),
  });
}

/**
 * The same for who needs the answer alone. @throws Error with the status of a refusal, and the beginning of its text
 */
export async function readSigned(call: SignedCall): Promise<unknown> {
  const response = await callSigned(call);
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text.slice(0, 200)}`);
  return readJson(text);
}
