import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod/mini';

const python = '/usr/bin/python3';
const attributes = z.record(z.string(), z.unknown());

/** A span as the official definitions of OTLP have it. Kinds: 3 is CLIENT, 4 PRODUCER, 5 CONSUMER. A status of 2 is an error. */
const receivedSpan = z.object({
  resource: attributes,
  name: z.string(),
  kind: z.int(),
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string(),
  startedAt: z.int(),
  endedAt: z.int(),
  status: z.int(),
  attributes,
  links: z.array(z.object({ traceId: z.string(), spanId: z.string(), attributes })),
  headers: z.record(z.string(), z.string()),
});
export type ReceivedSpan = z.infer<typeof receivedSpan>;

export interface OtlpReceiver {
  readonly endpoint: string;
  /** The spans of a trace, by their start. */
  spansOf(traceId: string): Promise<readonly ReceivedSpan[]>;
  stop(): Promise<void>;
}

/** Whether Debian's `python3-opentelemetry-proto` is installed. */
export const otlpIsInstalled = (): boolean =>
  spawnSync(python, ['-c', 'import opentelemetry.proto.collector.trace.v1.trace_service_pb2']).status === 0;

/** Starts a receiver of OTLP over HTTP, which decodes protobuf and JSON with the official classes. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const server = spawn(python, [join(import.meta.dirname, 'otlp_receiver.py')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(server, 'exit');
  const [port] = await once(createInterface(server.stdout), 'line');
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    endpoint,
    async spansOf(traceId) {
      const spans = z.array(receivedSpan).parse(await (await fetch(endpoint)).json());
      return spans.filter((span) => span.traceId === traceId).sort((a, b) => a.startedAt - b.startedAt);
    },
    async stop() {
      server.kill();
      await ended;
    },
  };
}
