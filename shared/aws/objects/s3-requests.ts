import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { canNeverSucceed } from '../../domain/base/failed-call.ts';
import {
  MissingObjectError,
  ObjectsUnavailableError,
  UploadGoneError,
} from '../../domain/objects/object-errors.ts';
import { agentFor, metadataOf, queryOf, ServiceError, send, signRequest } from '../lean/index.ts';
import { type BucketConfig, placeOf } from './object-signer.ts';

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly name: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is used of an answer. */
export interface S3Answer {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: AsyncIterable<Uint8Array>;
}

/** A call that is not answered is made again: so many times in a row. */
const maxTries = 5;
const pauseMs = (tries: number): number => 100 * 2 ** (tries - 1);

export type SendToS3 = (request: S3Request) => Promise<S3Answer>;

const timeouts = { connectionTimeout: 1_000, idleTimeout: 10_000 };

/** Sends signed requests to the bucket, without a client of S3: one would double a worker's bundle. */
export function s3Requests(config: BucketConfig): SendToS3 {
  // In the bundles of functions that are those of the environment (infra/packaging/not-bundled.ts).
  const credentials = defaultProvider();
  const agent = agentFor(placeOf('', config));
  return async ({ method, name, query = {}, headers = {}, body, signal }) => {
    const url = placeOf(name, config);
    const signed = {
      host: url.host,
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      ...headers,
    };
    const signature = signRequest(
      { method, path: url.pathname, query, headers: signed, payload: 'UNSIGNED-PAYLOAD' },
      { credentials: await credentials(), region: config.AWS_REGION, service: 's3' },
      Date.now(),
    );
    const answer = await send(
      {
        method,
        path: `${url.pathname}${queryOf(query)}`,
        headers: { ...signed, ...signature },
        body,
        signal,
      },
      { url, agent, ...timeouts },
    );
    return { statusCode: answer.statusCode ?? 0, headers: answer.headers, body: answer };
  };
}

/** Nothing is made better by another try. */
const isFinal = (thrown: unknown): boolean =>
  thrown instanceof MissingObjectError ||
  thrown instanceof UploadGoneError ||
  canNeverSucceed(thrown instanceof ObjectsUnavailableError ? thrown.cause : thrown);

/** Waits before a call is made again. @throws if it must not be: after an abort, a final error, too many tries */
export async function pauseAfter(thrown: unknown, tries: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  if (isFinal(thrown)) throw thrown;
  if (tries >= maxTries)
    throw new ObjectsUnavailableError('the bucket could not be reached', { cause: thrown });
  await setTimeout(pauseMs(tries));
}

/** Makes a call until it is answered. It must bear to be made twice. */
export async function repeated<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (thrown) {
      await pauseAfter(thrown, tries, signal);
    }
  }
}

/** A worker that has stored how a job ended has seconds left. */
const maxDeletionMs = 3_000;

/**
 * Makes a call on which nothing depends, because the bucket's lifecycle rules make up for it: for a short time only.
 */
export async function repeatedShortly<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(maxDeletionMs);
  try {
    return await repeated(() => call(signal), signal);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
    throw new ObjectsUnavailableError('the bucket did not answer in time', { cause: thrown });
  }
}

/** S3's code for what is wrong. An answer to HEAD has none. */
export const errorCodeIn = (document: string): string => /<Code>(\w+)<\/Code>/.exec(document)?.[1] ?? '';

/** An error for an answer that says neither yes nor that something is missing. */
export const refusal = ({ statusCode, headers }: S3Answer, code: string): ObjectsUnavailableError =>
  new ObjectsUnavailableError(`the bucket answered with ${statusCode} ${code}`.trimEnd(), {
    cause: new ServiceError(code, {}, metadataOf(statusCode, headers)),
  });

/**
 * Reads an answer to its end, so that its connection can be used again. @throws ObjectsUnavailableError for another
 * status
 */
export async function requireStatus(answer: S3Answer, accepted: readonly number[]): Promise<void> {
  const document = await text(answer.body);
  if (!accepted.includes(answer.statusCode)) throw refusal(answer, errorCodeIn(document));
}
