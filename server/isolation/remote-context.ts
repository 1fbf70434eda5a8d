import * as z from 'zod/mini';
import type { Contracts } from '../../shared/author/contract.ts';
import type { JobContext, JobObject, JobOutput, SettledChildren } from '../../shared/author/handler.ts';
import { SecretValues } from '../../shared/author/secret-values.ts';
import { defined } from '../../shared/domain/base/defined.ts';
import {
  asError,
  CheckpointError,
  describeValue,
  InvalidResultError,
  StepError,
} from '../../shared/domain/base/errors.ts';
import type { Clock, Fields, Log, Random } from '../../shared/domain/base/ports.ts';
import { checkedContentType } from '../../shared/domain/objects/stored-object.ts';
import { type ChildCalls, childrenOf } from '../../shared/worker/children/child-batch.ts';
import type { ChildEnd } from '../../shared/worker/children/child-ends.ts';
import { submitBy } from '../../shared/worker/children/job-submissions.ts';
import type { Call } from '../../shared/worker/gates/part-line.ts';
import { jsonOf } from '../../shared/worker/steps/job-steps.ts';
import { currentWork, requireOutside, runInside } from '../../shared/worker/steps/step-work.ts';
import { NoCloneError, type ServerLink } from './ask-server.ts';
import type { JobData, Question } from './messages.ts';
import { toWire } from './wire-error.ts';

export interface RemoteDependencies {
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Pick<Random, 'uuid'>;
  readonly contracts: Contracts;
}

/** What the process of the job has read from AWS: its server does not know it. */
const ownSecrets = new SecretValues();
const byteCount = z.number();
const nextBytes = z.optional(z.instanceof(Uint8Array));

/** A context whose calls are made in the server. It keeps the rules of `jobContext`, in shared/worker/. */
export function remoteContext(
  data: JobData,
  link: ServerLink,
  { clock, random, contracts }: RemoteDependencies,
): JobContext {
  const { signal } = link;
  const { output, drop } = outputOf(data.outputBytes, link);
  return {
    ...data,
    signal,
    log: ownSecrets.hideFrom(logOf(link)),
    now: () => clock.now(),
    uuid: () => random.uuid(),
    progress: (percent, message) =>
      link.send({
        kind: 'progress',
        percent,
        ...(message === undefined ? {} : { message: ownSecrets.hide(String(message)) }),
      }),
    object: (name) => objectOf(name, link),
    output: ({ contentType } = {}) => {
      if (contentType !== undefined) checkedContentType(contentType);
      link.send({ kind: 'openOutput', contentType });
      return output;
    },
    pause: (seconds) => unheard(guarded({ name: 'pause', seconds: Number(seconds) }, link)),
    limit: (part, call) => unheard(limited(part, call, link)),
    checkpoint: (state, { flush = false } = {}) =>
      unheard(guarded({ name: 'checkpoint', state, flush }, link).catch(toCheckpointError)),
    step: (key, work, { retries } = {}) =>
      // Of all steps together the compiler cannot tell what each of them returns.
      unheard(
        stepped({ name: 'step', key, ...defined({ retries }) }, { work, fail: () => drop(key) }, link),
      ) as Promise<never>,
    waitFor: (key, { until, signal: name, question, children }) =>
      unheard(
        waiting(
          { name: 'waitFor', key, ...defined({ until, signal: name, question, children: children?.key }) },
          link,
        ),
      ) as Promise<never>,
    waitForSignal: (name, { key, within, question }) =>
      unheard(
        waiting({ name: 'waitForSignal', signal: name, within, ...defined({ key, question }) }, link),
      ) as Promise<never>,
    signalLink: (name, options = {}) =>
      unheard(
        asked({ name: 'signalLink', signal: name, ...defined({ ...options }) }, link).then(z.string().parse),
      ),
    ...childrenOf(childCallsOn(link), contracts),
    submit: submitBy(submitOn(link), contracts),
    sleep: (seconds, state) =>
      unheard(
        guarded({ name: 'sleep', seconds: Number(seconds), state }, link)
          .catch(toCheckpointError)
          .then(() => {
            throw asError(signal.reason);
          }),
      ),
  };
}

const settledChildren = z.object({
  succeeded: z.int(),
  unsuccessful: z.int(),
  isEarly: z.optional(z.literal(true)),
});

const submittedJob = z.object({ id: z.string() });

const submitOn =
  (link: ServerLink): Parameters<typeof submitBy>[0] =>
  async (key, ordered) => {
    requireOutside(key);
    return submittedJob.parse(await asked({ name: 'submit', key, ...ordered }, link));
  };

/** The server has made them for this process. */
const someEnds = z.custom<readonly ChildEnd[]>((value) => Array.isArray(value));

/** The process makes all payloads at once, since the server cannot ask for one. */
function childCallsOn(link: ServerLink): ChildCalls {
  /** Inside a step, the handler may use a batch that it has waited for. */
  const settled = new Map<string, SettledChildren>();
  const spawn: ChildCalls['spawn'] = async (
    key,
    { type, count, payload, group, tags: tagsOf, whenParentEnds = 'cancel', any, tolerate },
  ) => {
    requireOutside(key);
    const payloads = Array.from({ length: count }, (_, index) => payload(index));
    const groups = group && payloads.map((_, index) => group(index));
    const tags = tagsOf && payloads.map((of, index) => [...tagsOf(of, index)]);
    await guarded(
      { name: 'spawn', key, type, payloads, whenParentEnds, ...defined({ groups, tags, any, tolerate }) },
      link,
    );
  };
  const settle: ChildCalls['settled'] = async (key) => {
    const known = settled.get(key);
    if (known !== undefined) return known;
    requireOutside(key);
    const end = settledChildren.parse(await asked({ name: 'settled', key }, link));
    settled.set(key, end);
    return end;
  };
  const ends: ChildCalls['ends'] = async (key, from) =>
    someEnds.parse(await asked({ name: 'ends', key, from }, link));
  return {
    spawn: (key, plan) => unheard(spawn(key, plan)),
    settled: (key, plan) => unheard(settle(key, plan)),
    ends: (key, from) => unheard(ends(key, from)),
    read: (name, from) => bytesOf({ object: name, from }, link),
  };
}

/** A call that tells the handler when it must not go on. It is sent before this returns. */
async function guarded(question: Question, link: ServerLink): Promise<void> {
  await asked(question, link);
}

async function asked(question: Question, link: ServerLink): Promise<unknown> {
  const { signal } = link;
  if (signal.aborted) throw asError(signal.reason);
  const answer = await link.ask(question);
  if (signal.aborted) throw asError(signal.reason);
  return answer;
}

interface StepWork {
  readonly work: () => unknown;
  /** Called when the work has failed. */
  readonly fail: () => void;
}

/** What a work returns is sent as JSON has it: a class of its own would not cross. */
async function stepped(
  question: Extract<Question, { name: 'step' }>,
  { work, fail }: StepWork,
  link: ServerLink,
): Promise<unknown> {
  const { signal } = link;
  if (signal.aborted) throw asError(signal.reason);
  requireOutside(question.key);
  const answer = await link.ask(question, async () => {
    try {
      return jsonOf(await runInside(question.key, work));
    } catch (thrown) {
      fail();
      throw thrown;
    }
  });
  if (signal.aborted) throw asError(signal.reason);
  return answer;
}

/** The call is made here, and what it returns or throws does not cross: its server hears only when it has ended. */
async function limited<Result>(part: string, call: Call<Result>, link: ServerLink): Promise<Result> {
  const { signal } = link;
  if (signal.aborted) throw asError(signal.reason);
  const over = new AbortController();
  const made = Promise.withResolvers<Result>();
  let thrown: { readonly error: unknown } | undefined;
  made.promise.catch((error: unknown) => {
    thrown = { error };
  });
  const work = async (): Promise<void> => {
    const calling = (async () => call(AbortSignal.any([signal, over.signal])))();
    made.resolve(calling);
    await calling;
  };
  try {
    await link.ask({ name: 'limit', part }, work);
  } catch (refusal) {
    over.abort(refusal);
    throw thrown ? thrown.error : refusal;
  }
  return made.promise;
}

async function waiting(
  question: Extract<Question, { name: 'waitFor' | 'waitForSignal' }>,
  link: ServerLink,
): Promise<unknown> {
  requireOutside(question.key ?? ('signal' in question ? String(question.signal) : ''));
  return asked(question, link);
}

/** A handler that does not await a call gets no error, but the process must not end because of that. */
function unheard<T>(call: Promise<T>): Promise<T> {
  call.catch(() => undefined);
  return call;
}

function toCheckpointError(thrown: unknown): never {
  if (!(thrown instanceof NoCloneError)) throw thrown;
  throw new CheckpointError(`the state cannot be sent to the server of the job: ${thrown.message}`);
}

let streams = 0;

const objectOf = (name: string, link: ServerLink): JobObject => ({
  name,
  size: () => unheard(link.ask({ name: 'size', object: name }).then((value) => byteCount.parse(value))),
  stream: ({ from = 0 } = {}) => bytesOf({ object: name, from }, link),
});

type Bytes = Omit<Extract<Question, { name: 'read' }>, 'name' | 'stream'>;

async function* bytesOf(asked: Bytes, link: ServerLink): AsyncGenerator<Uint8Array> {
  const stream = streams;
  streams += 1;
  try {
    for (;;) {
      // One piece at a time: what the handler has not asked for stays in the server.
      const chunk = nextBytes.parse(await link.ask({ name: 'read', stream, ...asked }));
      link.signal.throwIfAborted();
      if (!chunk) return;
      yield chunk;
    }
  } finally {
    link.send({ kind: 'closeStream', stream });
  }
}

/** With `drop`, which is called when a step has failed: what it has written is no part of the output. */
function outputOf(bytesBefore: number, link: ServerLink) {
  let bytes = bytesBefore;
  const ofSteps = new Map<string, number>();
  const add = (length: number, step: string | undefined): void => {
    bytes += length;
    if (step !== undefined) ofSteps.set(step, (ofSteps.get(step) ?? 0) + length);
  };
  const write = async (chunk: string | Uint8Array): Promise<void> => {
    const step = currentWork()?.key;
    const length = Buffer.byteLength(chunk);
    const writing = guarded({ name: 'write', chunk, ...defined({ step }) }, link);
    add(length, step);
    await writing.catch((thrown: unknown) => {
      // It was not written.
      if (thrown instanceof InvalidResultError || thrown instanceof StepError) add(-length, step);
      throw thrown;
    });
  };
  const output: JobOutput = {
    get bytes() {
      return bytes;
    },
    write: (chunk) => unheard(write(chunk)),
  };
  const drop = (step: string): void => {
    bytes -= ofSteps.get(step) ?? 0;
    ofSteps.delete(step);
  };
  return { output, drop };
}

/** An error would lose its class, and a field may have no clone at all. */
function logOf(link: ServerLink): Log {
  const at =
    (level: keyof Log) =>
    (message: string, given: Fields = {}): void => {
      const isError = ([, value]: [string, unknown]) => value instanceof Error;
      const entries = Object.entries(given);
      const errors = Object.fromEntries(entries.filter(isError).map(([key, value]) => [key, toWire(value)]));
      const others = entries.filter((entry) => !isError(entry));
      const line = { kind: 'log' as const, level, message: String(message), errors };
      try {
        link.send({ ...line, fields: Object.fromEntries(others) });
      } catch {
        const texts = others.map(([key, value]) => [key, describeValue(value)]);
        link.send({ ...line, fields: Object.fromEntries(texts) });
      }
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
