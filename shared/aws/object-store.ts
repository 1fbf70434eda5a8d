import { setTimeout } from 'node:timers/promises';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { MissingObjectError, ObjectsUnavailableError } from '../job/object-errors.ts';
import type { ObjectStore, ReadOptions } from '../job/ports.ts';
import { type BucketConfig, placeOf, s3Signature } from './object-signer.ts';

/** A read goes on where it was broken off: so many times in a row without a byte in between. */
const maxTries = 5;
const pauseMs = (tries: number): number => 100 * 2 ** (tries - 1);

interface Asked extends ReadOptions {
  readonly method: 'GET' | 'HEAD';
  readonly name: string;
}

/** What is used of an answer. */
interface Answered {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A `Readable`; the handler's type says `any`. */
  readonly body?: AsyncIterable<Uint8Array>;
}

/** The range begins after the last byte. */
const rangeNotSatisfiable = 416;

/** The stage's bucket behind the `ObjectStore` port, without a client of S3: one would double a worker's bundle. */
export function s3ObjectStore(config: BucketConfig): ObjectStore {
  const signature = s3Signature(config);
  const http = new NodeHttpHandler({ connectionTimeout: 1_000, socketTimeout: 10_000 });

  async function ask({ method, name, from = 0, signal }: Asked): Promise<Answered> {
    const { protocol, hostname, port, host, pathname } = placeOf(name, config);
    const signed = await signature.sign({
      method,
      protocol,
      hostname,
      ...(port === '' ? {} : { port: Number(port) }),
      path: pathname,
      query: {},
      headers: {
        host,
        'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
        ...(from === 0 ? {} : { range: `bytes=${from}-` }),
      },
    });
    // It takes any request of this form. The class that its type asks for comes with the SDK's clients.
    const request = signed as Parameters<typeof http.handle>[0];
    const { response } = await http.handle(request, signal ? { abortSignal: signal } : {});
    if ([200, 206, rangeNotSatisfiable].includes(response.statusCode)) return response;
    response.body?.destroy?.();
    // S3 says 404 only to who may list the bucket, which a worker may not.
    throw [403, 404].includes(response.statusCode)
      ? new MissingObjectError(`there is no object ${name}: it was not uploaded, or has expired`)
      : new ObjectsUnavailableError(`the bucket answered with ${response.statusCode}`);
  }

  /** Waits before a call is made again. @throws if it must not be: after an abort, without an object, after too many tries */
  async function pauseAfter(thrown: unknown, tries: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (thrown instanceof MissingObjectError) throw thrown;
    if (tries >= maxTries)
      throw new ObjectsUnavailableError('the bucket could not be reached', { cause: thrown });
    await setTimeout(pauseMs(tries));
  }

  return {
    async size(name, signal) {
      for (let tries = 1; ; tries += 1) {
        try {
          const { headers } = await ask({ method: 'HEAD', name, ...(signal ? { signal } : {}) });
          return Number(headers['content-length']);
        } catch (thrown) {
          await pauseAfter(thrown, tries, signal);
        }
      }
    },

    async *read(name, { from = 0, signal } = {}) {
      let at = from;
      for (let tries = 1; ; tries += 1) {
        try {
          const answer = await ask({ method: 'GET', name, from: at, ...(signal ? { signal } : {}) });
          if (answer.statusCode === rangeNotSatisfiable) return;
          for await (const chunk of answer.body ?? []) {
            at += chunk.length;
            tries = 0;
            yield chunk;
          }
          return;
        } catch (thrown) {
          await pauseAfter(thrown, tries, signal);
        }
      }
    },
  };
}
