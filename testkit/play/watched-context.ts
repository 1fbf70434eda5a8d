import * as z from 'zod/v4/core';
import type { JobContract } from '../../shared/author/contract.ts';
import type { JobContext, JobObject, JobOutput } from '../../shared/author/handler.ts';
import { askDebounce, askUnique } from '../../shared/author/unique-key.ts';
import { StepError } from '../../shared/domain/base/errors.ts';
import { keyedJobId } from '../../shared/domain/base/fingerprint.ts';
import { readJson } from '../../shared/domain/base/read-json.ts';
import { writeCheckpoint } from '../../shared/worker/hold/checkpoint-text.ts';
import type { Attempt } from './attempt.ts';
import { checkState } from './check-state.ts';
import type { Pace } from './cut.ts';
import type { SubmittedJob } from './journal.ts';
import type { VirtualTime } from './virtual-time.ts';
import { makeCall, type Watching } from './watch-calls.ts';
import { watchChildren } from './watch-children.ts';

type CheckpointOptions = Parameters<JobContext['checkpoint']>[1];

export interface Watched {
  readonly contract: JobContract;
  readonly attempt: Attempt;
  readonly watching: Watching;
  readonly time: VirtualTime;
  readonly pace: Pace;
  /** Shows the handler its first attempt again, to see whether it makes a difference. */
  readonly pinsAttempt: boolean;
}

/** A state is stored if the last one is older than five seconds. */
export const slowMs = 6_000;

/** The context of a handler, whose calls are watched. */
export function watchedContext(job: JobContext<never>, watched: Watched): JobContext<never> {
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
  const uuid = (): string => {
    const made = job.uuid();
    journal.uuids.add(made);
    return made;
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
    signal: watchSignal(job.signal, () => {
      attempt.hasLooked = true;
    }),
    now: () => {
      let now = job.now();
      // In a run in which calls take no time, too, each time is another one.
      while (journal.times.has(now)) now += 1;
      journal.times.add(now);
      return now;
    },
    uuid,
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
    limit: async (name, call) => {
      const [begun, made] = [Promise.withResolvers<AbortSignal>(), Promise.withResolvers<never>()];
      const limited = job.limit(name, (signal) => {
        begun.resolve(signal);
        return made.promise;
      });
      // The call is the handler's own: what waits for it is what may be interrupted.
      const wait = () => Promise.race([begun.promise, limited]);
      const signal = await makeCall({ what: 'pause', name: 'limit', detail: name }, wait, within);
      const calling = (async () => call(signal))();
      made.resolve(calling as Promise<never>);
      await limited;
      return calling;
    },
    checkpoint: (state, options) => {
      const text = stateText(state);
      const detail = options?.flush ? `${text}, flushed` : text;
      const offered = offer(state);
      const perform = () => save(offered, options).finally(() => noteChange(state, text));
      return makeCall({ what: 'checkpoint', name: 'checkpoint', detail }, perform, within);
    },
    step: (key, work, options) =>
      makeCall(
        { what: 'step', name: 'step', detail: key },
        (call) => job.step(key, () => attempt.doStep(call, work), options),
        within,
      ),
    waitFor: (key, wait) => {
      if (wait.children) journal.spawned.await(wait.children.key);
      const perform = () => job.waitFor(key, wait);
      // Of all waits together the compiler cannot tell what each of them returns.
      return makeCall({ what: 'sleep', name: 'waitFor', detail: key }, perform, within) as Promise<never>;
    },
    waitForSignal: (name, options) =>
      makeCall(
        { what: 'sleep', name: 'waitForSignal', detail: options.key ?? name },
        () => job.waitForSignal(name, options),
        within,
      ),
    ...watchChildren(job, within),
    signalLink: (name, options) => {
      // Each is another one, as in production.
      const make = async () => `${await job.signalLink(name, options)}-${uuid()}`;
      return makeCall({ what: 'link', name: 'signalLink', detail: name }, make, within);
    },
    submit: (key, contract, payload, options = {}) => {
      const record = () => {
        if (!z.safeParse(contract.payload, payload).success)
          throw new StepError(`the payload of "${key}" does not fit its contract`);
        const before = sameJob(key, { contract, payload, tenant: job.tenant }, [
          ...journal.submitted.values(),
        ]);
        if (!before) journal.submitted.set(key, { key, contract, payload, options });
        else if (contract.debounce) journal.submitted.set(before.key, { ...before, payload });
        return { id: keyedJobId(job.id, job.tenant, before?.key ?? key) };
      };
      return makeCall({ what: 'step', name: 'submit', detail: key }, () => job.step(key, record), within);
    },
    sleep: (seconds, state) => {
      const detail = `${seconds} s ${stateText(state)}`;
      const offered = offer(state);
      return makeCall({ what: 'sleep', name: 'sleep', detail }, () => job.sleep(seconds, offered), within);
    },
  };
}

/**
 * What was submitted before of the same unique job, or of the same debounced one: the kit plays one window, in which no
 * job runs.
 * @throws StepError if the contract cannot say what the key is
 */
function sameJob(
  key: string,
  { contract, payload, tenant }: Pick<SubmittedJob, 'contract' | 'payload'> & { readonly tenant: string },
  submitted: readonly SubmittedJob[],
): SubmittedJob | undefined {
  try {
    const keyOf = (of: unknown) =>
      (askUnique(contract, of) ?? askDebounce(contract, { tenant, payload: of }))?.key;
    const shared = keyOf(payload);
    if (shared === undefined) return undefined;
    return submitted.find((before) => before.contract === contract && keyOf(before.payload) === shared);
  } catch (cause) {
    throw new StepError(`the payload of "${key}" has no ${contract.debounce ? 'debounce' : 'unique'} key`, {
      cause,
    });
  }
}

/** The same signal for the handler alone, which tells when it looks at it. */
function watchSignal(signal: AbortSignal, onLook: () => void): AbortSignal {
  const own = AbortSignal.any([signal]);
  return Object.defineProperties(own, {
    aborted: {
      get: () => {
        onLook();
        return signal.aborted;
      },
    },
    throwIfAborted: {
      value: () => {
        onLook();
        signal.throwIfAborted();
      },
    },
  });
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
