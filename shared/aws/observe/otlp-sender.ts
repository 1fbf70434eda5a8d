import { type ExportResult, ExportResultCode, parseKeyPairsIntoRecord } from '@opentelemetry/core';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { asError } from '../../domain/base/errors.ts';
import type { Log } from '../../domain/base/ports.ts';
import { fetchSecret } from '../clients/secrets.ts';

interface Sending {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly headersSecret: string;
  readonly protocol: 'http/json' | 'http/protobuf';
  readonly log: Pick<Log, 'warn' | 'info'>;
}

/** The answer of an invocation waits no longer for the spans. */
const maxMs = 1_000;
/** The exporter tries again after 800 ms at the earliest, if it has the time: it is to have none. */
const maxExportMs = 790;
/** After a failure nothing is sent for so long: callers do not wait for a collector that hangs, again and again. */
const restMs = 30_000;
/** What a server has that cannot send. */
const maxSpans = 2_000;

/** Keeps spans until they are sent, each once. What cannot be sent is dropped, and fails nobody. */
export class SpanSender {
  readonly #sending: Sending;
  #exporter: SpanExporter | undefined;
  #ended: ReadableSpan[] = [];
  #restsUntil = 0;
  #dropped = 0;

  constructor(sending: Sending) {
    this.#sending = sending;
  }

  add(span: ReadableSpan): void {
    if (this.#ended.length < maxSpans) this.#ended.push(span);
    else this.#dropped += 1;
  }

  /** Never rejects. */
  async flush(): Promise<void> {
    const spans = this.#ended;
    if (spans.length === 0) return;
    this.#ended = [];
    if (performance.now() < this.#restsUntil) {
      this.#dropped += spans.length;
      return;
    }
    const limit = new AbortController();
    try {
      await Promise.race([this.#send(spans), tooLate(limit.signal)]);
      if (this.#restsUntil > 0) this.#sending.log.info('spans are sent again', { dropped: this.#dropped });
      this.#restsUntil = 0;
      this.#dropped = 0;
    } catch (thrown) {
      const isKnown = this.#restsUntil > 0;
      this.#restsUntil = performance.now() + restMs;
      this.#dropped += spans.length;
      if (!isKnown)
        this.#sending.log.warn('spans not sent', { error: asError(thrown), dropped: this.#dropped });
    } finally {
      limit.abort();
    }
  }

  async #send(spans: ReadableSpan[]): Promise<void> {
    this.#exporter ??= await exporterOf(this.#sending);
    const exporter = this.#exporter;
    const { code, error } = await new Promise<ExportResult>((resolve) => exporter.export(spans, resolve));
    if (code !== ExportResultCode.SUCCESS) throw error ?? new Error('the collector has refused them');
  }
}

/** The address for traces is used as it is. https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
const addressOf = (environment: Sending['environment']): string =>
  environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ||
  `${(environment.OTEL_EXPORTER_OTLP_ENDPOINT ?? '').replace(/\/$/, '')}/v1/traces`;

async function exporterOf({ environment, headersSecret, protocol }: Sending): Promise<SpanExporter> {
  const open = environment.OTEL_EXPORTER_OTLP_TRACES_HEADERS || environment.OTEL_EXPORTER_OTLP_HEADERS || '';
  const secret = headersSecret === '' ? '' : await fetchSecret(headersSecret, environment);
  // A connection that was kept is often dead when Lambda thaws a function.
  const settings = {
    timeoutMillis: maxExportMs,
    url: addressOf(environment),
    headers: { ...parseKeyPairsIntoRecord(open), ...parseKeyPairsIntoRecord(secret) },
    httpAgentOptions: { keepAlive: false },
  };
  return protocol === 'http/json' ? new JsonExporter(settings) : new ProtobufExporter(settings);
}

const tooLate = (over: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`the collector has not answered within ${maxMs} ms`)),
      maxMs,
    );
    over.addEventListener('abort', () => clearTimeout(timer));
  });
