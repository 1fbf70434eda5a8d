import * as z from 'zod/v4/core';
import type { JobContract } from '../job/contract.ts';
import { asError, CheckpointError } from '../job/errors.ts';
import type { JobContext } from '../job/handler.ts';
import type { JobItem } from '../job/item.ts';
import type { JobMessage } from '../job/message.ts';
import type { ObjectStore } from '../job/object-ports.ts';
import type { Clock, Log, Random } from '../job/ports.ts';
import { readJson } from '../job/read-json.ts';
import { SecretValues } from '../job/secret-values.ts';
import { HandOver } from './error-policy.ts';
import type { Heartbeat } from './heartbeat.ts';
import { objectOf } from './job-object.ts';

interface Running {
  readonly item: JobItem;
  readonly message: Pick<JobMessage, 'submittedAt'>;
  readonly contract: JobContract | undefined;
  readonly controller: AbortController;
  readonly heartbeat: Heartbeat;
  readonly secrets: SecretValues;
  /** By when the slice must have ended, epoch milliseconds. */
  readonly endsAt: number;
  /** A checkpoint hands over when less than this is left, whatever the job's steps take. */
  readonly reserveMs: number;
}

interface ContextDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly objects: ObjectStore;
}

const maxSleepSeconds = 366 * 24 * 3600;

/** Steps vary in length, and the next checkpoint must come in time. */
const safetyFactor = 1.5;

/**
 * What a running handler is given.
 * @throws CheckpointError if the state that it saved earlier cannot be read
 */
export function jobContext(
  { item, message, contract, controller, heartbeat, secrets, ...slice }: Running,
  { clock, random, log, objects }: ContextDependencies,
): JobContext {
  const { signal } = controller;
  const isTimeOver = timeKeeper({ item, ...slice }, clock);
  const handOver = (sleepMs?: number): never => {
    controller.abort(new HandOver(sleepMs));
    throw asError(signal.reason);
  };
  return {
    id: item.id,
    tenant: item.tenant,
    submittedAt: message.submittedAt,
    attempt: item.attempt,
    fencingToken: item.fencingToken,
    signal,
    log: secrets.hideFrom(log),
    object: (name) => objectOf(name, item.tenant, { objects, signal }),
    now: () => clock.now(),
    uuid: () => random.uuid(),
    resume: readCheckpoint(contract, item.checkpoint, secrets),
    progress: (percent, message) =>
      heartbeat.report(percent, message === undefined ? undefined : secrets.hide(message)),
    pause: guarded((seconds) => clock.sleep(seconds * 1000, signal), { heartbeat, signal }),
    checkpoint: guarded(
      async (state) => {
        // Nothing may be awaited before this: the handler may change the state when the call returns.
        const text = writeCheckpoint(contract, state, secrets);
        if (!isTimeOver(text)) return heartbeat.save(text);
        heartbeat.keep(text);
        return handOver();
      },
      { heartbeat, signal },
    ),
    sleep: guarded(
      async (seconds, state) => {
        if (!(seconds >= 0 && seconds <= maxSleepSeconds))
          throw new RangeError(`a job cannot sleep for ${seconds} seconds`);
        heartbeat.keep(writeCheckpoint(contract, state, secrets));
        return handOver(Math.ceil(seconds * 1000));
      },
      { heartbeat, signal },
    ),
  };
}

/** Says at each checkpoint whether the next one might come too late. */
function timeKeeper(
  { item, endsAt, reserveMs }: Pick<Running, 'item' | 'endsAt' | 'reserveMs'>,
  clock: Clock,
) {
  let lastCheckpointAt = clock.now();
  let maxStepMs = 0;
  let hasStarted = false;
  return (state: string): boolean => {
    const now = clock.now();
    // A first checkpoint with the state of the slice's start ends no step: the job has only started up.
    if (hasStarted || state !== item.checkpoint) maxStepMs = Math.max(maxStepMs, now - lastCheckpointAt);
    hasStarted = true;
    lastCheckpointAt = now;
    return now + Math.max(reserveMs, maxStepMs * safetyFactor) >= endsAt;
  };
}

const never = new Promise<never>(() => {});

/**
 * A call that tells the handler when it must not go on. Code that is still running after its attempt has ended stays
 * in its next call for ever: it must not run beside the next attempt. Whoever forgets to await a call gets no error, but the
 * process must not end because of that, and the other jobs with it.
 */
function guarded<Arguments extends readonly unknown[], T>(
  call: (...all: Arguments) => Promise<T>,
  { heartbeat, signal }: { readonly heartbeat: Heartbeat; readonly signal: AbortSignal },
): (...all: Arguments) => Promise<T> {
  const mayGoOn = (): Promise<never> | undefined => {
    if (heartbeat.isStopped) return never;
    if (signal.aborted) throw asError(signal.reason);
    return undefined;
  };
  const guardedCall = async (...all: Arguments): Promise<T> => {
    const stop = mayGoOn();
    if (stop) await stop;
    const result = await call(...all);
    await mayGoOn();
    return result;
  };
  return (...all) => {
    const promise = guardedCall(...all);
    promise.catch(() => undefined);
    return promise;
  };
}

/** It shares the item with the message and the rest, and is written every few seconds. */
const maxCheckpointBytes = 64 * 1024;

/**
 * A state as JSON text.
 * @throws CheckpointError
 */
export function writeCheckpoint(
  contract: JobContract | undefined,
  state: unknown,
  secrets = new SecretValues(),
): string {
  const text = JSON.stringify(checked(contract, { state, what: 'does not fit the contract' }, secrets));
  const bytes = Buffer.byteLength(text);
  if (bytes > maxCheckpointBytes)
    throw new CheckpointError(
      `the state has ${bytes} bytes, of ${maxCheckpointBytes} allowed: keep it elsewhere, and where as the state`,
    );
  return text;
}

/** @throws CheckpointError if it was saved under another contract; the job can be retried under one that fits */
export function readCheckpoint(
  contract: JobContract | undefined,
  text: string | undefined,
  secrets = new SecretValues(),
): unknown {
  if (text === undefined) return undefined;
  const what = 'was saved before and no longer fits the contract';
  return checked(contract, { state: readJson(text), what }, secrets);
}

function checked(
  contract: JobContract | undefined,
  { state, what }: { readonly state: unknown; readonly what: string },
  secrets: SecretValues,
): unknown {
  if (!contract?.checkpoint) throw new CheckpointError('the contract of this type has no checkpoint');
  secrets.add(contract.checkpoint, state);
  const parsed = z.safeParse(contract.checkpoint, state);
  if (parsed.success) return parsed.data;
  throw new CheckpointError(
    `the state ${what}: ${secrets.describeIssues(contract.checkpoint, parsed.error)}`,
  );
}
