import * as z from 'zod/v4/core';
import type { JobContract } from '../../shared/job/contract.ts';
import { asError, describeError } from '../../shared/job/errors.ts';
import type { CanceledJob, JobContext, JobObject, JobOutput } from '../../shared/job/handler.ts';
import { readJson } from '../../shared/job/read-json.ts';
import { writeCheckpoint } from '../../shared/worker/checkpoint-text.ts';
import type { AnyHandler } from '../job-under-test.ts';
import { inHandler } from './ambient.ts';
import type { Attempt } from './attempt.ts';
import { checkState, firstDifference } from './check-state.ts';
import type { Pace } from './cut.ts';
import type { VirtualTime } from './virtual-time.ts';
import { makeCall, type Watching } from './watch-calls.ts';

type CheckpointOptions = Parameters<JobContext['checkpoint']>[1];

interface Watched {
  readonly contract: JobContract;
  readonly attempt: Attempt;
  readonly watching: Watching;
  readonly time: VirtualTime;
  readonly pace: Pace;
  /** Shows the handler its first attempt again, to see whether it makes a difference. */
  readonly pinsAttempt: boolean;
}

/** A state is stored if the last one is older than five seconds. */
const slowMs = 6_000;

/** Runs a handler with a watched context. */
export async function runWatched(
  handler: AnyHandler,
  { payload, job }: { readonly payload: never; readonly job: JobContext<never> },
  watched: Watched,
): Promise<unknown> {
  const { attempt, time, pace, contract } = watched;
  const { journal } = watched.watching;
  if (pace === 'slow') await time.pause(slowMs);
  const note: Parameters<typeof inHandler>[0] = (kind, detail) => journal.find(kind, detail);
  try {
    const context: JobContext<never> = watchedContext(job, watched);
    attempt.hasStarted = true;
    const result: unknown = await inHandler(note, async () => handler(payload, context));
    attempt.hasEnded = true;
    journal.say(`${attempt.process.name}  the handler returns`);
    const { forgotten } = attempt;
    if (forgotten)
      journal.find('forgotten await', `nobody waits for call ${forgotten.number} (${forgotten.name})`);
    if (attempt.wasTold && attempt.signal.aborted)
      journal.find('swallowed signal', 'the handler returns a result after a call told it to end');
    const parsed = z.safeParse(contract.result, result);
    const lost = firstDifference(result, asJson(parsed.success ? parsed.data : result));
    if (lost !== undefined) journal.find('result that JSON changes', lost);
    return result;
  } catch (thrown) {
    attempt.hasEnded = true;
    const { name, message } = describeError(asError(thrown));
    journal.say(`${attempt.process.name}  the handler throws ${name}: ${message}`);
    throw thrown;
  }
}

/** Runs a handler's cancel with a watched context. */
export async function cancelWatched(
  cancel: NonNullable<AnyHandler['cancel']>,
  { payload, job }: { readonly payload: never; readonly job: CanceledJob<never> },
  { attempt, watching: { journal } }: Pick<Watched, 'attempt' | 'watching'>,
): Promise<void> {
  const note: Parameters<typeof inHandler>[0] = (kind, detail) => journal.find(kind, detail);
  const now = () => {
    const time = job.now();
    journal.times.add(time);
    return time;
  };
  try {
    attempt.hasStarted = true;
    await inHandler(note, async () => cancel(payload, { ...job, now }));
    journal.say(`${attempt.process.name}  the cancel returns`);
    const { forgotten } = attempt;
    if (forgotten)
      journal.find('forgotten await', `nobody waits for call ${forgotten.number} (${forgotten.name})`);
  } catch (thrown) {
    const { name, message } = describeError(asError(thrown));
    journal.say(`${attempt.process.name}  the cancel throws ${name}: ${message}`);
    throw thrown;
  } finally {
    attempt.hasEnded = true;
  }
}

const asJson = (value: unknown): unknown => readJson(JSON.stringify(value) ?? 'null');

function watchedContext(job: JobContext<never>, watched: Watched): JobContext<never> {
  const { attempt, watching, contract, time, pace } = watched;
  const { journal } = watching;
  const within = { attempt, watching };
  /** @returns the state as it is now, whatever the handler does with it afterwards */
  const offer = (state: never): never => {
    const fault = checkState(contract, state);
    attempt.lastState = state;
    if (fault) {
      journal.find(fault.kind, fault.detail);
      return state;
    }
    const text = writeCheckpoint(contract, state);
    journal.offer(text, attempt.percent);
    attempt.lastText = text;
    return readJson(text) as never;
  };
  const save = async (offered: never, options: CheckpointOptions): Promise<void> => {
    await job.checkpoint(offered, options);
    if (pace !== 'slow') return;
    await time.pause(slowMs);
    attempt.signal.throwIfAborted();
  };
  const noteChange = (state: unknown, saved: string): void => {
    if (!attempt.process.isDead && stateText(state) !== saved)
      journal.find('state changed while it was saved', `${saved} became ${stateText(state)}`);
  };
  return {
    ...job,
    ...(watched.pinsAttempt ? { attempt: 1, fencingToken: 1 } : {}),
    now: () => {
      const now = job.now();
      journal.times.add(now);
      return now;
    },
    uuid: () => {
      const uuid = job.uuid();
      journal.uuids.add(uuid);
      return uuid;
    },
    progress: (percent, message) => {
      journal.say(`${attempt.process.name}  progress ${percent} ${message ?? ''}`.trimEnd());
      if (!(percent >= 0 && percent <= 100)) journal.find('progress out of range', `${percent} %`);
      if (percent < attempt.percent)
        journal.find('progress backwards', `${percent} % after ${attempt.percent} %`);
      attempt.percent = Math.max(attempt.percent, percent);
      journal.progress.push({ percent, message: message ?? null });
      job.progress(percent, message);
    },
    object: (name) => watchObject(job.object(name), within),
    output: (options) => watchOutput(job.output(options), within),
    pause: (seconds) =>
      makeCall({ what: 'pause', name: 'pause', detail: `${seconds} s` }, () => job.pause(seconds), within),
    checkpoint: (state, options) => {
      const text = stateText(state);
      const detail = options?.flush ? `${text}, flushed` : text;
      const offered = offer(state);
      const perform = () => save(offered, options).finally(() => noteChange(state, text));
      return makeCall({ what: 'checkpoint', name: 'checkpoint', detail }, perform, within);
    },
    sleep: (seconds, state) => {
      const detail = `${seconds} s ${stateText(state)}`;
      const offered = offer(state);
      return makeCall({ what: 'sleep', name: 'sleep', detail }, () => job.sleep(seconds, offered), within);
    },
  };
}

/** Its calls are numbered; that bytes arrive one after another is not. */
const watchObject = (
  object: JobObject,
  within: { readonly attempt: Attempt; readonly watching: Watching },
): JobObject => ({
  name: object.name,
  size: () => makeCall({ what: 'object', name: 'object size' }, () => object.size(), within),
  async *stream(options = {}) {
    const detail = `from ${options.from ?? 0}`;
    await makeCall({ what: 'object', name: 'object stream', detail }, async () => undefined, within);
    for await (const chunk of object.stream(options)) {
      await within.attempt.process.alive();
      yield chunk;
    }
  },
});

const watchOutput = (
  output: JobOutput,
  within: { readonly attempt: Attempt; readonly watching: Watching },
): JobOutput => ({
  get bytes() {
    return output.bytes;
  },
  write: (chunk) => {
    const detail = `${Buffer.byteLength(chunk)} bytes after ${output.bytes}`;
    return makeCall({ what: 'output', name: 'output write', detail }, () => output.write(chunk), within);
  },
});

/** A state that JSON cannot write has been found already. */
function stateText(state: unknown): string {
  try {
    return JSON.stringify(state) ?? 'undefined';
  } catch {
    return 'not JSON';
  }
}
