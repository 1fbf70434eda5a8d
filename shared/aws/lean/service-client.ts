import { randomUUID } from 'node:crypto';
import type { Agent, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { InvokeStoreBase } from '@aws/lambda-invoke-store';
import {
  getRetryAfterHint,
  isServerError,
  isThrottlingError,
  isTransientError,
  StandardRetryStrategy,
} from '@smithy/core/retry';
import { readJson } from '../../domain/base/read-json.ts';
import { sha256 } from '../../domain/base/sha256.ts';
import { endpointOf, type ServiceAddress } from '../aws-endpoints.ts';
import {
  credentialsOfFunction,
  endpointOfEnvironment,
  isFunction,
  refuseOtherEndpoints,
  regionOfFunction,
  traceOfInvocation,
} from './function-environment.ts';
import { type AgentSettings, agentFor, send, textOf } from './http-calls.ts';
import { type AnswerMetadata, type ErrorNames, errorOf, type Members, metadataOf } from './service-error.ts';
import { type Credentials, encoded, queryOf, signRequest } from './sign-request.ts';

/**
 * The part of the SDK's settings that these clients have. What is not given comes from the environment of a function.
 */
export interface ClientSettings {
  readonly maxAttempts?: number;
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: Credentials;
  readonly requestHandler?: AgentSettings & {
    readonly connectionTimeout?: number;
    readonly requestTimeout?: number;
  };
}

export interface Service extends ServiceAddress, ErrorNames {
  /** Before the name of an operation, in `x-amz-target`, if the protocol has that. */
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** If the settings name none. */
  readonly maxAttempts: number;
  /** Of the pauses between attempts, milliseconds. */
  readonly baseDelay: number;
}

/** What a call sends, beside what all send. */
export interface Message {
  readonly method: string;
  /** Encoded, with its slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One call of a service. */
export abstract class Command {
  /** As its protocol names it. */
  abstract readonly operation: string;
  readonly input: Members;

  constructor(input: Members) {
    this.input = input;
  }

  /** The same for each attempt: by default, as the protocol AWS JSON has it. @param target of the service */
  message(target: string): Message {
    const headers = {
      'content-type': `application/x-amz-json-${this.jsonVersion}`,
      'x-amz-target': `${target}.${this.operation}`,
    };
    return { method: 'POST', path: '/', headers, body: this.body() };
  }

  protected readonly jsonVersion: '1.0' | '1.1' = '1.0';
  /** @throws TypeError for what JSON has no text for */
  protected body(): string {
    return jsonOf(this.input);
  }

  /** An endpoint to call, if the input names one. */
  endpoint(): string | undefined {
    return undefined;
  }
  /** @throws Error for an answer that cannot be one to this input */
  check(_output: Members): void {}
}

/**
 * JSON has `null` for a number that is none, and AWS takes some of these for a value that is not given. The search
 * costs less than a function that sees each member.
 * @throws TypeError for `NaN`, and for what is infinite
 */
export function jsonOf(members: Members): string {
  const text = JSON.stringify(members);
  if (text.includes(':null'))
    JSON.stringify(members, (member, value: unknown) => {
      if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${member} is ${value}`);
      return value;
    });
  return text;
}

/** A part of a path. @throws TypeError for what names nothing */
export function inPath(member: string, value: unknown): string {
  if (typeof value !== 'string' || value === '')
    throw new TypeError(`${member} is ${String(value) || 'empty'}`);
  return encoded(value);
}

/** What the settings say, or else the environment. */
interface Found {
  readonly scope: { readonly credentials: Credentials; readonly region: string; readonly service: string };
  /** Of the service. */
  readonly origin: string;
}

interface SendOptions {
  readonly abortSignal?: AbortSignal | undefined;
}

interface Endpoint {
  readonly url: URL;
  readonly agent: Agent;
}

type Output = Record<string, unknown> & { $metadata: AnswerMetadata };

/** The clock of this machine is wrong if that of AWS is so far from it. */
const maxSkewMs = 240_000;
/** An answer that took longer says nothing of the clock. */
const maxAgeMs = 900_000;

/** Calls a service of AWS as the SDK's client for it does: see docs/adr/0123-lean-clients.md. */
export class ServiceClient {
  readonly #service: Service;
  readonly #settings: ClientSettings;
  readonly #maxAttempts: number;
  /** The SDK's own standard mode: pauses with jitter, and a budget of tokens. */
  readonly #retries: StandardRetryStrategy;
  /**
   * Read with the first call, and kept, as the SDK does: a variable of the environment takes a microsecond, and a call
   * needs seven.
   */
  #found: Found | undefined;
  readonly #endpoints = new Map<string, Endpoint>();
  /** Milliseconds that the clock of AWS is ahead of that of this machine. */
  #clockOffset = 0;

  constructor(service: Service, settings: ClientSettings = {}) {
    this.#service = service;
    this.#settings = settings;
    this.#maxAttempts = settings.maxAttempts ?? service.maxAttempts;
    this.#retries = new StandardRetryStrategy({
      maxAttempts: this.#maxAttempts,
      baseDelay: service.baseDelay,
    });
  }

  /**
   * @param abortSignal ends an attempt
   * @returns the answer, and `$metadata`
   * @throws ServiceError for a refusal; errors of the connection, among them TimeoutError; NotJsonError; AbortError
   */
  async send(command: Command, { abortSignal }: SendOptions = {}): Promise<Output> {
    const output = await this.#call(command, abortSignal);
    command.check(output);
    return output;
  }

  destroy(): void {
    for (const { agent } of this.#endpoints.values()) agent.destroy();
  }

  /** One call, in as many attempts as it takes. */
  async #call(command: Command, signal: AbortSignal | undefined): Promise<Output> {
    const message = command.message(this.#service.target ?? '');
    const invocation = randomUUID();
    let token = await this.#retries.acquireInitialRetryToken('');
    let totalRetryDelay = 0;
    for (;;) {
      const attempts = token.getRetryCount() + 1;
      try {
        const headers = {
          ...message.headers,
          'amz-sdk-invocation-id': invocation,
          'amz-sdk-request': `attempt=${attempts}; max=${this.#maxAttempts}`,
        };
        const output = await this.#attempt({ ...message, headers }, command.endpoint(), signal);
        this.#retries.recordSuccess(token);
        Object.assign(output.$metadata, { attempts, totalRetryDelay });
        return output;
      } catch (thrown) {
        if (!isError(thrown)) throw thrown;
        const next = await this.#retries
          .refreshRetryTokenForRetry(token, retryInfo(thrown))
          .catch(() => undefined);
        totalRetryDelay += next?.$retryLog?.acquisitionDelay ?? 0;
        thrown.$metadata = { ...thrown.$metadata, attempts, totalRetryDelay };
        if (!next) throw thrown;
        token = next;
      }
    }
  }

  async #attempt(
    { method, path: own, query = {}, headers: ofMessage, body = '' }: Message,
    endpoint: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Output> {
    this.#found ??= this.#find();
    const { scope, origin } = this.#found;
    const { url, agent } = this.#endpointOf(endpoint ?? origin);
    // Where the runtime of Lambda keeps what belongs to its invocation. Powertools reads it there, too.
    const store: InvocationStore = globalThis.awslambda?.InvokeStore ?? {};
    const path = `${url.pathname.replace(/\/$/, '')}${own}`;
    const headers = {
      ...ofMessage,
      ...this.#service.headers,
      ...(body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      host: url.host,
      ...traceContext(store),
    };
    const sentAt = Date.now();
    const offset = this.#clockOffset;
    const signature = signRequest(
      { method, path: signedPath(path), query, headers, payload: sha256(body, 'hex') },
      scope,
      sentAt + offset,
    );
    const unsigned = { 'user-agent': 'serverless-job-worker', ...lineage(store) };
    const { connectionTimeout, requestTimeout } = this.#settings.requestHandler ?? {};
    const answer = await send(
      {
        method,
        path: `${path}${queryOf(query)}`,
        headers: { ...headers, ...signature, ...unsigned },
        body,
        signal,
      },
      { url, agent, connectionTimeout, requestTimeout },
    );
    this.#readClock(answer.headers, sentAt);
    try {
      return await outputOf(this.#service, answer);
    } catch (thrown) {
      throw isError(thrown) ? this.#withAnswer(thrown, answer, offset) : thrown;
    }
  }

  #find(): Found {
    refuseOtherEndpoints();
    const { credentials = credentialsOfFunction(), region = regionOfFunction() } = this.#settings;
    const { name, variable } = this.#service;
    const asked = { region, accountId: credentials.accountId };
    const origin = endpointOfEnvironment(variable) ?? endpointOf(this.#service, asked);
    return { scope: { credentials, region, service: name }, origin };
  }

  /** @param asked an endpoint in the settings goes before it */
  #endpointOf(asked: string): Endpoint {
    const { endpoint: origin = asked, requestHandler } = this.#settings;
    const known = this.#endpoints.get(origin);
    if (known) return known;
    const url = new URL(origin);
    const endpoint = { url, agent: agentFor(url, requestHandler) };
    this.#endpoints.set(origin, endpoint);
    return endpoint;
  }

  /** Each answer says what time it is for AWS. One from a cache does not. */
  #readClock({ date, age }: IncomingHttpHeaders, sentAt: number): void {
    const now = Date.now();
    const at = Date.parse(date ?? '');
    if (age === undefined && !Number.isNaN(at) && now - sentAt <= maxAgeMs) this.#clockOffset = at - now;
  }

  /** Adds what the answer says, for the strategy and for the reader of the error. */
  #withAnswer(
    error: SdkError,
    { statusCode: status = 0, headers }: IncomingMessage,
    offsetBefore: number,
  ): SdkError {
    const isSkewed = Math.abs(this.#clockOffset) >= maxSkewMs && this.#clockOffset !== offsetBefore;
    error.$metadata = {
      ...metadataOf(status, headers),
      ...(isSkewed ? { clockSkewCorrected: true } : {}),
    };
    const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    return Object.defineProperty(error, '$response', { value: { statusCode: status, headers: texts } });
  }
}

/** Where all services but S3 sign a path, it is encoded once more. */
const signedPath = (path: string): string => path.split('/').map(encoded).join('/');

/** What the strategy takes. */
type SdkError = Parameters<typeof isThrottlingError>[0];
type RetryErrorInfo = Parameters<StandardRetryStrategy['refreshRetryTokenForRetry']>[1];

const isError = (thrown: unknown): thrown is SdkError => thrown instanceof Error;

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null;

async function outputOf(service: Service, answer: IncomingMessage): Promise<Output> {
  const { statusCode: status = 0, headers } = answer;
  const text = await textOf(answer);
  const read = text === '' ? {} : readJson(text);
  const members = isObject(read) ? read : {};
  if (status >= 300) throw errorOf(service, members, { status, headers });
  return { ...members, $metadata: metadataOf(status, headers) };
}

function retryInfo(error: SdkError): RetryErrorInfo {
  const retryAfterHint = getRetryAfterHint(error.$response);
  return { errorType: retryType(error), ...(retryAfterHint ? { retryAfterHint } : {}) };
}

const retryType = (error: SdkError): RetryErrorInfo['errorType'] => {
  if (isThrottlingError(error)) return 'THROTTLING';
  if (isTransientError(error)) return 'TRANSIENT';
  return isServerError(error) ? 'SERVER_ERROR' : 'CLIENT_ERROR';
};

/** An older runtime keeps less, and may keep nothing. */
type InvocationStore = Partial<InvokeStoreBase>;

/** By which Lambda finds functions that call each other without end. On its way it may change, so nobody signs it. */
const lineage = (store: InvocationStore): Readonly<Record<string, string>> =>
  isFunction() ? given('x-amzn-trace-id', store.getXRayTraceId?.() ?? traceOfInvocation()) : {};

/** By which tracing finds what belongs together. */
function traceContext(store: InvocationStore): Readonly<Record<string, string>> {
  const traceparent = store.getTraceparent?.();
  if (!traceparent) return {};
  return {
    traceparent,
    ...given('tracestate', store.getTracestate?.()),
    ...given('baggage', store.getBaggage?.()),
  };
}

const given = (name: string, value: string | undefined): Readonly<Record<string, string>> =>
  value ? { [name]: value } : {};
