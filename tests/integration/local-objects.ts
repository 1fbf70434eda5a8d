import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Emulators, startEmulators } from '../../local/emulators/emulators.ts';
import { createResources } from '../../local/emulators/resources.ts';
import { presigned, type ToSign, type Wire } from '../object-signing.ts';

/** The page of another origin that the template names. */
export const page = 'http://127.0.0.1:3000';
export const bucketResources = {
  Resources: {
    Bucket: {
      Type: 'AWS::S3::Bucket',
      Properties: {
        CorsConfiguration: {
          CorsRules: [
            {
              AllowedOrigins: [page],
              AllowedMethods: ['PUT', 'GET', 'HEAD'],
              AllowedHeaders: ['content-type', 'if-none-match', 'range'],
              ExposedHeaders: ['ETag'],
              MaxAge: 3600,
            },
          ],
        },
      },
    },
  },
};

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** The S3 of this machine, with a bucket `bucket`, whose data is in a folder of its own. */
export class LocalObjects {
  readonly dataDir: string;
  #emulators: Emulators | undefined;

  static async start(): Promise<LocalObjects> {
    const objects = new LocalObjects(await mkdtemp(join(tmpdir(), 'objects-')));
    await objects.restart();
    return objects;
  }

  private constructor(dataDir: string) {
    this.dataDir = dataDir;
  }

  get endpoint(): string {
    return this.#emulators?.s3Endpoint ?? '';
  }

  get host(): string {
    return new URL(this.endpoint).host;
  }

  async restart(): Promise<void> {
    await this.#emulators?.stop();
    this.#emulators = await startEmulators({ dataDir: this.dataDir });
    await createResources(bucketResources, this.#emulators);
  }

  async stop(): Promise<void> {
    await this.#emulators?.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** The names of the files with bodies. */
  files(): Promise<readonly string[]> {
    return readdir(join(this.dataDir, 'objects/bodies'));
  }

  /** Sends exactly this: neither path nor headers are changed or added. */
  async send({ method, url, headers }: Wire, body?: string | NodeJS.ReadableStream): Promise<Answer> {
    const { hostname, port } = new URL(this.endpoint);
    const outgoing = request({ hostname, port, method, path: url, headers, agent: false });
    const answered = once(outgoing, 'response');
    if (typeof body === 'object') body.pipe(outgoing);
    else outgoing.end(body);
    const [response]: IncomingMessage[] = await answered;
    if (response === undefined) throw new Error('there was no answer');
    return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
  }

  toSign(key: string, more: Partial<ToSign> = {}): ToSign {
    return { path: `/bucket/${key}`, host: this.host, ...more };
  }

  /** Signs an upload of a CSV with this length. */
  upload(key: string, length: number): Promise<Wire> {
    const headers = { 'content-length': String(length), 'content-type': 'text/csv' };
    return presigned(this.toSign(key, { headers }));
  }

  /** @param by whose credentials sign. Default: those that may list everything */
  download(key: string, query = {}, by = {}): Promise<Wire> {
    return presigned(this.toSign(key, { method: 'GET', query, by }));
  }

  async read(key: string): Promise<string> {
    return (await this.send(await this.download(key))).body;
  }
}
