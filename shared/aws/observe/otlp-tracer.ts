import { createHash } from 'node:crypto';
import {
  type Context,
  type Span as OtelSpan,
  type Tracer as OtelTracer,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  type IdGenerator,
  RandomIdGenerator,
  type ReadableSpan,
  type SpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { asError } from '../../domain/base/errors.ts';
import type { Log } from '../../domain/base/ports.ts';
import type { Span, SpanFields, SpanStart, Tracer } from '../../domain/observe/trace.ts';
import { SpanSender } from './otlp-sender.ts';
import { readOtlpSettings } from './otlp-settings.ts';

/*
 * The second file of a function's zip: OpenTelemetry's SDK. Nothing else imports it.
 */

interface Given {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where more headers of the exporter are: `ssm:NAME` or `secretsmanager:NAME`. Empty: there are none. */
  readonly headersSecret: string;
  readonly log: Log;
}

/** @returns undefined if the environment asks for something that is not supported; then the log says what */
export function otlpTracer(given: Given): Tracer | undefined {
  const { environment, log } = given;
  const settings = readOtlpSettings(environment);
  if ('off' in settings) {
    log.warn('no spans are sent', { why: settings.off });
    return undefined;
  }
  for (const why of settings.warnings) log.warn('a setting of the traces is not used', { why });
  const sender = new SpanSender({ ...given, protocol: settings.protocol });
  const ids = new JobIds();
  const provider = new TracerProvider({
    resource: resourceFromAttributes(resourceOf(environment)),
    sampler: settings.sampler,
    idGenerator: ids,
    spanLimits: { attributeValueLengthLimit: 256 },
    spanProcessors: [collectorOf(sender)],
  });
  const tracer = provider.getTracer('serverless-job-worker');
  return {
    start: (span) => startSpan(span, { tracer, ids }),
    flush: () => sender.flush(),
  };
}

const collectorOf = (sender: SpanSender): SpanProcessor => ({
  onStart() {},
  onEnd: (span: ReadableSpan) => {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) sender.add(span);
  },
  forceFlush: () => sender.flush(),
  shutdown: () => sender.flush(),
});

/** https://opentelemetry.io/docs/specs/semconv/resource/faas/ */
function resourceOf(environment: Given['environment']): Record<string, string> {
  const known: Record<string, string | undefined> = {
    'service.name': environment.OTEL_SERVICE_NAME || 'job-worker',
    'faas.name': environment.AWS_LAMBDA_FUNCTION_NAME,
    'cloud.region': environment.AWS_REGION,
  };
  const given = (environment.OTEL_RESOURCE_ATTRIBUTES ?? '').split(',').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at < 1 ? [] : [[pair.slice(0, at).trim(), unescaped(pair.slice(at + 1).trim())] as const];
  });
  const own = Object.entries(known).flatMap(([key, value]) => (value ? [[key, value] as const] : []));
  const hasOwnName = Boolean(environment.OTEL_SERVICE_NAME);
  return Object.fromEntries(hasOwnName ? [...given, ...own] : [...own, ...given]);
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Ids are random, but where the next span is to get a certain one. */
class JobIds implements IdGenerator {
  next: { readonly traceId: string; readonly spanId?: string | undefined } | undefined;
  readonly #random = new RandomIdGenerator();

  generateTraceId(): string {
    return this.next?.traceId ?? this.#random.generateTraceId();
  }

  generateSpanId(): string {
    return this.next?.spanId ?? this.#random.generateSpanId();
  }
}

/** A job's id is a UUID, and a trace's id has as many bits. */
const traceIdOf = (jobId: string): string => jobId.replaceAll('-', '');

/** That of the attempt which holds a claim. Every worker comes to the same. */
const spanIdOf = (jobId: string, claim: number): string => {
  const id = createHash('sha256').update(`${jobId} ${claim}`).digest('hex').slice(0, 16);
  return /^0*$/.test(id) ? '0000000000000001' : id;
};

const kinds = {
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  client: SpanKind.CLIENT,
} as const;

interface Starting {
  readonly tracer: OtelTracer;
  readonly ids: JobIds;
}

function startSpan({ jobId, parent, claim, follows, ...start }: SpanStart, { tracer, ids }: Starting): Span {
  const parentContext = parent === undefined ? undefined : (parseTraceParent(parent) ?? undefined);
  const context = parentContext
    ? trace.setSpanContext(ROOT_CONTEXT, { ...parentContext, isRemote: true })
    : ROOT_CONTEXT;
  const traceId = parentContext?.traceId ?? traceIdOf(jobId);
  ids.next = { traceId, spanId: claim === undefined ? undefined : spanIdOf(jobId, claim) };
  try {
    const span = tracer.startSpan(
      start.name,
      {
        kind: kinds[start.kind],
        attributes: attributesOf({ jobId, ...start.fields }),
        links:
          claim === undefined || follows === undefined ? [] : [linkTo({ traceId, jobId, claim, follows })],
      },
      context,
    );
    return new StartedSpan(span, { tracer, ids, jobId });
  } finally {
    ids.next = undefined;
  }
}

/** To the attempt before. What did not sample this one, did not sample that one. */
const linkTo = ({
  traceId,
  jobId,
  claim,
  follows,
}: {
  readonly traceId: string;
  readonly jobId: string;
  readonly claim: number;
  readonly follows: 'slice' | 'attempt';
}) => ({
  context: {
    traceId,
    spanId: spanIdOf(jobId, claim - 1),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  } satisfies SpanContext,
  attributes: { 'job.follows': follows },
});

/** Fields that OpenTelemetry has a name for. The others are `job.*`. */
const names: Readonly<Record<string, string>> = {
  jobId: 'job.id',
  queue: 'messaging.destination.name',
  messageId: 'messaging.message.id',
  requestId: 'faas.invocation_id',
  errorName: 'error.type',
  statusCode: 'http.response.status_code',
};

const attributesOf = (fields: SpanFields) =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      names[key] ?? `job.${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
      Array.isArray(value) ? [...value] : value,
    ]),
  );

/** An attempt that runs for hours calls its context more often than anybody reads. */
const maxCalls = 100;

class StartedSpan implements Span {
  readonly traceparent: string;
  readonly #span: OtelSpan;
  readonly #context: Context;
  readonly #starting: Starting & { readonly jobId: string };
  #calls = 0;

  constructor(span: OtelSpan, starting: Starting & { readonly jobId: string }) {
    const { traceId, spanId, traceFlags } = span.spanContext();
    this.traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
    this.#span = span;
    this.#context = trace.setSpan(ROOT_CONTEXT, span);
    this.#starting = starting;
  }

  observe<Calls extends object>(prefix: string, calls: Calls): Calls {
    if (!this.#span.isRecording()) return calls;
    const observed = Object.entries(calls).map(([name, call]: [string, unknown]) =>
      typeof call === 'function'
        ? [name, this.#observed(`${prefix}${name}`, (...all) => call(...all))]
        : [name, call],
    );
    return { ...calls, ...Object.fromEntries(observed) };
  }

  #observed(name: string, call: (...all: readonly unknown[]) => unknown) {
    return (...all: readonly unknown[]): unknown => {
      const startedAt = Date.now();
      const reportEnd = (error?: unknown): void => this.#reportCall({ name, startedAt, error });
      const made = call(...all);
      if (isStream(made)) return observedStream(made, reportEnd);
      if (made instanceof Promise) made.then(() => reportEnd(), reportEnd);
      return made;
    };
  }

  /** Most calls of a context wait for nothing, and are no spans. */
  #reportCall({
    name,
    startedAt,
    error,
  }: {
    readonly name: string;
    readonly startedAt: number;
    readonly error: unknown;
  }): void {
    const endedAt = Date.now();
    if (endedAt <= startedAt) return;
    this.#calls += 1;
    if (this.#calls > maxCalls) return;
    const { tracer, jobId } = this.#starting;
    const attributes = attributesOf({
      jobId,
      errorName: error === undefined ? undefined : asError(error).name,
    });
    tracer.startSpan(name, { startTime: startedAt, attributes }, this.#context).end(endedAt);
  }

  end(fields: SpanFields = {}, errorName?: string): void {
    const dropped = Math.max(0, this.#calls - maxCalls);
    this.#span.setAttributes(attributesOf({ ...fields, ...(dropped > 0 ? { droppedCalls: dropped } : {}) }));
    if (errorName !== undefined) {
      this.#span.setAttribute('error.type', errorName);
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message: errorName });
    }
    this.#span.end();
  }
}

const isStream = (made: unknown): made is AsyncIterable<unknown> =>
  typeof made === 'object' && made !== null && Symbol.asyncIterator in made;

async function* observedStream(
  stream: AsyncIterable<unknown>,
  reportEnd: (error?: unknown) => void,
): AsyncGenerator<unknown> {
  let error: unknown;
  try {
    yield* stream;
  } catch (thrown) {
    error = thrown;
    throw thrown;
  } finally {
    // Also if nobody wants the rest.
    reportEnd(error);
  }
}
