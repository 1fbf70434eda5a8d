import * as z from 'zod/mini';
import type { SubmitOptions } from '../../shared/author/handler.ts';
import { contentTypePattern } from '../../shared/domain/objects/stored-object.ts';

/**
 * What a server and the process of a job send each other. Structured clone carries it, so a state or a result may have
 * dates, maps and bytes in it.
 */

/** An error: names instead of classes, which do not cross. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  /** The class that decides what follows from the error. */
  readonly kind?: string | undefined;
  /** What the system calls it, such as ENOSPC. */
  readonly code?: string | undefined;
  /** With which status a service of AWS has answered. */
  readonly status?: number | undefined;
  /** Of a hand-over that is a sleep. */
  readonly sleepMs?: number | undefined;
  /** Of a `RetryAfterError`. */
  readonly after?: number | Date | undefined;
  /** Of a `LimitWaitError`. */
  readonly turn?: { readonly of: string; readonly at: number } | undefined;
  readonly cause?: WireError | undefined;
}

const wireError: z.ZodMiniType<WireError> = z.object({
  name: z.string(),
  message: z.string(),
  stack: z.string(),
  kind: z.optional(z.string()),
  code: z.optional(z.string()),
  status: z.optional(z.number()),
  sleepMs: z.optional(z.number()),
  after: z.optional(z.union([z.number(), z.date()])),
  turn: z.optional(z.object({ of: z.string(), at: z.number() })),
  get cause() {
    return z.optional(wireError);
  },
});

/** Also NaN and Infinity: what becomes of them is decided where it is in one process. */
const anyNumber = z.custom<number>((value) => typeof value === 'number');

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

/** A call of the job's context that is answered. */
const question = z.discriminatedUnion('name', [
  z.object({ name: z.literal('checkpoint'), state: z.unknown(), flush: z.boolean() }),
  z.object({ name: z.literal('sleep'), seconds: anyNumber, state: z.unknown() }),
  z.object({ name: z.literal('pause'), seconds: anyNumber }),
  /** The process makes its call when the part may start, as the work of a step. Answered when the call has ended. */
  z.object({ name: z.literal('limit'), part: z.string() }),
  z.object({ name: z.literal('size'), object: z.string() }),
  /** Asks for the next bytes of a stream: the first time, it opens it. */
  z.object({
    name: z.literal('read'),
    stream: z.int(),
    object: z.string(),
    from: anyNumber,
  }),
  /** With the key of the step that writes, if it is one. */
  z.object({ name: z.literal('write'), chunk: z.union([z.string(), bytes]), step: z.optional(z.string()) }),
  /** Answered when the step is stored. The server says `runStep` if its work is to be done. */
  z.object({ name: z.literal('step'), key: z.string(), retries: z.optional(anyNumber) }),
  z.object({
    name: z.literal('waitFor'),
    key: z.string(),
    until: z.optional(z.union([anyNumber, z.date()])),
    signal: z.optional(z.string()),
    question: z.optional(z.string()),
    /** The key of a batch. */
    children: z.optional(z.string()),
  }),
  /** With the payloads of all children: the process alone can make them. */
  z.object({
    name: z.literal('spawn'),
    key: z.string(),
    type: z.string(),
    whenParentEnds: z.enum(['cancel', 'leave']),
    any: z.optional(anyNumber),
    tolerate: z.optional(anyNumber),
    payloads: z.array(z.unknown()),
    /** The group of each child. */
    groups: z.optional(z.array(z.optional(z.string()))),
    /** The tags of each. */
    tags: z.optional(z.array(z.array(z.string()))),
  }),
  z.object({
    name: z.literal('submit'),
    key: z.string(),
    type: z.string(),
    payload: z.unknown(),
    options: z.custom<SubmitOptions>((value) => typeof value === 'object' && value !== null),
  }),
  z.object({ name: z.literal('settled'), key: z.string() }),
  z.object({ name: z.literal('ends'), key: z.string(), from: z.int() }),
  z.object({
    name: z.literal('waitForSignal'),
    signal: z.string(),
    key: z.optional(z.string()),
    within: z.union([anyNumber, z.date()]),
    question: z.optional(z.string()),
  }),
  z.object({
    name: z.literal('signalLink'),
    signal: z.string(),
    key: z.optional(z.string()),
    within: z.optional(z.union([anyNumber, z.date()])),
    about: z.optional(z.string()),
    as: z.optional(z.string()),
  }),
]);
export type Question = z.infer<typeof question>;

const toServer = z.discriminatedUnion('kind', [
  /** The process has loaded its handlers. */
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('question'), number: z.int(), question }),
  z.object({
    kind: z.literal('log'),
    level: z.enum(['debug', 'info', 'warn', 'error']),
    message: z.string(),
    fields: z.record(z.string(), z.unknown()),
    errors: z.record(z.string(), wireError),
  }),
  z.object({ kind: z.literal('progress'), percent: anyNumber, message: z.optional(z.string()) }),
  z.object({
    kind: z.literal('openOutput'),
    contentType: z.optional(z.string().check(z.regex(contentTypePattern))),
  }),
  /** What the work of a step has come to: `question` is the number of its question. */
  z.object({ kind: z.literal('stepReturned'), question: z.int(), result: z.unknown() }),
  z.object({ kind: z.literal('stepThrew'), question: z.int(), error: wireError }),
  /** No more is read from a stream. */
  z.object({ kind: z.literal('closeStream'), stream: z.int() }),
  z.object({ kind: z.literal('returned'), result: z.unknown() }),
  z.object({ kind: z.literal('threw'), error: wireError }),
]);
export type ToServer = z.infer<typeof toServer>;

const toJob = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('start'),
    /** The text of the job's message. What its payload comes to may have no clone. */
    body: z.string(),
    data: z.object({
      id: z.string(),
      tenant: z.string(),
      run: z.int(),
      submittedAt: z.number(),
      attempt: z.int(),
      fencingToken: z.number(),
      resume: z.unknown(),
      outputBytes: z.number(),
      traceparent: z.optional(z.string()),
    }),
  }),
  z.object({ kind: z.literal('abort'), reason: wireError }),
  /** The work of a step is to be done, perhaps once more. */
  z.object({ kind: z.literal('runStep'), number: z.int() }),
  z.object({ kind: z.literal('answer'), number: z.int(), value: z.unknown() }),
  /** `isReason`: the error is the signal's reason. */
  z.object({ kind: z.literal('refusal'), number: z.int(), error: wireError, isReason: z.boolean() }),
]);
export type ToJob = z.infer<typeof toJob>;
export type JobData = Extract<ToJob, { kind: 'start' }>['data'];

/** @returns undefined for what is none of these messages: a library of the job may send its parent process something */
export const readToServer = (message: unknown): ToServer | undefined => toServer.safeParse(message).data;
export const readToJob = (message: unknown): ToJob | undefined => toJob.safeParse(message).data;
