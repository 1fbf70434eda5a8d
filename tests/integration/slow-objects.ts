import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';

/** A reading of an uploaded object. */
interface Reading {
  /** Where it began, in bytes. */
  readonly from: number;
  /** How many were sent. */
  bytes: number;
}

export interface SlowObjects {
  readonly endpoint: string;
  /** Of uploads, in order. */
  readonly readings: readonly Reading[];
  /** The names of the objects that were written. */
  readonly written: readonly string[];
  stop(): Promise<void>;
}

/**
 * A proxy in front of the S3 of this machine that sends uploaded objects no faster than it is told: so a file of any size
 * takes several slices on a machine of any speed.
 */
export async function startSlowObjects(target: string, bytesPerSecond: number): Promise<SlowObjects> {
  const readings: Reading[] = [];
  const written: string[] = [];

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = incoming;
    // The signature is of the headers as they are, `host` among them.
    const forwarded = request(new URL(url, target), { method, headers });
    incoming.pipe(forwarded);
    const [answer] = (await once(forwarded, 'response')) as [IncomingMessage];
    const name = new URL(url, target).pathname.replace(/^\/[^/]+\//, '');
    if (method === 'PUT') written.push(name);
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    const isUpload = method === 'GET' && name.startsWith('uploads/');
    if (!isUpload) return pipeline(answer, outgoing);
    const [, from = '0'] = /^bytes=(\d+)-/.exec(headers.range ?? '') ?? [];
    const reading = { from: Number(from), bytes: 0 };
    readings.push(reading);
    await pipeline(answer, (chunks: AsyncIterable<Buffer>) => slowed(chunks, reading), outgoing);
  }

  async function* slowed(chunks: AsyncIterable<Buffer>, reading: Reading): AsyncGenerator<Buffer> {
    const startedAt = performance.now();
    for await (const chunk of chunks) {
      reading.bytes += chunk.length;
      const dueAt = startedAt + (reading.bytes / bytesPerSecond) * 1000;
      await setTimeout(Math.max(1, dueAt - performance.now()));
      yield chunk;
    }
  }

  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    readings,
    written,
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
