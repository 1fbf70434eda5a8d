import { asError } from '../base/errors.ts';

/** What is told of a span, such as the fields of an attempt's lines. */
export type SpanFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** How a span begins. */
export interface SpanStart {
  readonly name: string;
  readonly kind: 'producer' | 'consumer' | 'client';
  /** The job that it is about: a trace without a caller has the job's id as its own. */
  readonly jobId: string;
  /** The `traceparent` of what has caused it. */
  readonly parent: string | undefined;
  readonly fields: SpanFields;
  /**
   * Of an attempt: its fencing token. The id of the span follows from it, so the next attempt can link to it, and no
   * item has to keep it.
   */
  readonly claim?: number;
  /** Whether there was a claim before: the span links to that one's. */
  readonly follows?: 'slice' | 'attempt' | undefined;
}

/** A span that is under way. */
export interface Span {
  /** W3C Trace Context, for what the span causes. */
  readonly traceparent: string;
  /**
   * The same calls, asynchronous ones. Each that takes a millisecond or more becomes a span in this one, named with
   * this prefix; of too many, only their number is kept. A stream is one span, from its first byte to its last.
   */
  observe<Calls extends object>(prefix: string, calls: Calls): Calls;
  end(fields?: SpanFields, errorName?: string): void;
}

/** Tells others what took how long, and what caused it. There is none unless a stage sends spans. */
export interface Tracer {
  start(span: SpanStart): Span;
  /** Sends the spans that have ended. It takes a second at most, and never rejects. */
  flush(): Promise<void>;
}

/**
 * Makes a call in a span of its own.
 * @param call is given the `traceparent` of what it causes: that of the span, or without a tracer that of the caller
 */
export async function inSpan<T>(
  tracer: Tracer | undefined,
  start: SpanStart,
  call: (traceparent: string | undefined) => Promise<T>,
): Promise<T> {
  const span = tracer?.start(start);
  if (!span) return call(start.parent);
  try {
    const done = await call(span.traceparent);
    span.end();
    return done;
  } catch (thrown) {
    span.end({}, asError(thrown).name);
    throw thrown;
  }
}
