import type { Contracts } from '../../shared/author/contract.ts';
import { contractOf } from '../../shared/author/contract.ts';
import type { Handlers, JobContext } from '../../shared/author/handler.ts';
import { SecretValues } from '../../shared/author/secret-values.ts';
import type { AskedByLink } from '../../shared/domain/access/signal-link.ts';
import { defined } from '../../shared/domain/base/defined.ts';
import { asError } from '../../shared/domain/base/errors.ts';
import type { Clock, Random } from '../../shared/domain/base/ports.ts';
import type { ObjectStore } from '../../shared/domain/objects/object-ports.ts';
import type { JobItem } from '../../shared/domain/state/item.ts';
import type { JobMessage } from '../../shared/domain/state/message.ts';
import type { JobQueue, JobStore } from '../../shared/domain/state/ports.ts';
import { type Ending, endingAfter } from '../../shared/worker/error-policy.ts';
import { Heartbeat } from '../../shared/worker/heartbeat.ts';
import { jobContext } from '../../shared/worker/job-context.ts';
import { OpenWaits } from '../../shared/worker/job-steps.ts';
import type { OutputStream } from '../../shared/worker/output-stream.ts';
import { runHandler } from '../../shared/worker/run-handler.ts';
import { readStateText } from '../../shared/worker/saved-states.ts';
import { SignalMemo } from '../../shared/worker/signal-memo.ts';
import { StateObjects } from '../../shared/worker/state-objects.ts';
import { StepMemo } from '../../shared/worker/step-memo.ts';
import { storeResult } from '../../shared/worker/store-result.ts';
import type { Narrator } from './narrator.ts';

interface Slice {
  readonly item: JobItem;
  readonly message: JobMessage;
  /** The state to go on from, JSON text. */
  readonly resumed: string | undefined;
  /** One for all slices: what earlier ones have written is still there. */
  readonly output: OutputStream;
}

export interface SliceDependencies {
  readonly contracts: Contracts;
  readonly handlers: Handlers;
  readonly clock: Clock;
  readonly random: Random;
  readonly objects: ObjectStore;
  readonly narrator: Narrator;
}

export interface SliceEnd {
  readonly ending: Ending;
  /** What was thrown, if it did not succeed. */
  readonly error?: Error;
  /** The state that it saved last, JSON text. */
  readonly state: string | undefined;
  /** What its steps have come to, JSON text. */
  readonly steps: string | undefined;
  /** The answers that it had, and the waits that were closed, JSON text. */
  readonly signals: string | undefined;
}

/** Nobody gets one, and none is good. */
const links = {
  make: async ({ id, name }: AskedByLink) => `https://replay.example/ui/jobs/${id}/signals/${name}`,
};

/** There is no lease that could be lost. */
const forEver = Number.MAX_SAFE_INTEGER;

/** Runs a job's handler as a worker does, with nobody behind it, and without an end of its time. */
export async function runSlice(slice: Slice, deps: SliceDependencies): Promise<SliceEnd> {
  const { item, message, resumed, output } = slice;
  const { narrator, objects } = deps;
  const controller = new AbortController();
  const secrets = new SecretValues();
  const states = new StateObjects(item, { objects, log: narrator.log });
  const heartbeat = heartbeatOf(slice, { controller, states }, deps);
  const contract = contractOf(deps.contracts, message.type);
  const waits = new OpenWaits();
  const given = { item, message, contract, controller, heartbeat, secrets, output, states, resumed };
  const endless = { endsAt: Infinity, reserveMs: 0, isStopping: () => false };
  const context = async () => {
    const log = narrator.log;
    const memo = contract?.hasSteps
      ? await StepMemo.read(item, { ...deps, log, heartbeat, states })
      : undefined;
    return told(jobContext({ ...given, memo, waits, signals, ...endless }, { ...deps, log, links }), {
      secrets,
      narrator,
    });
  };
  const requireLease = () => undefined;
  const storeText = (text: string) => storeResult(text, { item, output, objects, requireLease });
  const run = { ...message, context, store: storeText, controller, secrets, timeLeftMs: Infinity };
  const lease = { item, message, receiptHandle: '' };
  const store = storeOf(item);
  const signals = contract?.signals && new SignalMemo(lease, { ...deps, store });
  const stepsOf = () => heartbeat.lastReport.steps ?? item.steps;
  const stateOf = () => readStateText({ checkpoint: heartbeat.lastReport.checkpoint ?? resumed }, deps);
  const saved = async () => ({
    state: await stateOf(),
    steps: stepsOf(),
    signals: signals?.text ?? item.signals,
  });
  try {
    const result = await runHandler(run, deps);
    return { ending: { kind: 'succeeded', ...result }, ...(await saved()) };
  } catch (thrown) {
    const error = secrets.hideError(asError(thrown));
    const { hasProgressed } = heartbeat;
    const [now, random] = [deps.clock.now(), deps.random.fraction()];
    const ending = endingAfter(error, { item, retry: contract?.retry, now, hasProgressed, random });
    return { ending, error, ...(await saved()) };
  } finally {
    heartbeat.stop();
  }
}

const storeOf = (item: JobItem): JobStore => ({
  read: async () => item,
  write: async ({ set: { checkpoint, output, steps, signals } }) => ({
    ...item,
    ...defined({ checkpoint, output, steps, signals }),
    leaseUntil: forEver,
  }),
});

/** One that writes to nobody: what it would store, it has. */
function heartbeatOf(
  { item, message }: Slice,
  { controller, states }: { readonly controller: AbortController; readonly states: StateObjects },
  { clock, narrator: { log } }: SliceDependencies,
): Heartbeat {
  const store = storeOf(item);
  const nothing = async (): Promise<void> => undefined;
  const queue: JobQueue = { isOrdered: false, send: nothing, changeVisibility: nothing, quarantine: nothing };
  const delivery = {
    messageId: '',
    receiptHandle: '',
    body: '',
    receiveCount: 1,
    sentAt: message.submittedAt,
  };
  const onRenewed = (renewed: JobItem) => void states.sweep(renewed);
  const held = { lease: { item, message, receiptHandle: '' }, delivery, controller, onRenewed };
  return new Heartbeat(held, { store, queue, clock, log, heartbeatMs: forEver, leaseMs: 1 });
}

/** A context that tells what the handler reports and saves. */
function told(
  job: JobContext,
  { secrets, narrator }: { readonly secrets: SecretValues; readonly narrator: Narrator },
): JobContext {
  const shown = (state: unknown): string => JSON.stringify(secrets.hideIn(state)) ?? 'undefined';
  return {
    ...job,
    progress: (percent, text) => {
      const words = text === undefined ? '' : `: ${secrets.hide(String(text))}`;
      narrator.tell('progress', `${Math.round(percent * 10) / 10} %${words}`, { isFrequent: true });
      job.progress(percent, text);
    },
    checkpoint: (state, options) => {
      const saved = job.checkpoint(state, options);
      narrator.tell('checkpoint', shown(state), { isFrequent: options?.flush !== true });
      return saved;
    },
    step: async (key, work, options) => {
      const result = await job.step(key, work, options);
      narrator.tell('step', `${key}: ${shown(result)}`);
      return result;
    },
    // Of all waits together the compiler cannot tell what each of them returns.
    waitFor: async (key, wait): Promise<never> => {
      narrator.tell('wait', key);
      return job.waitFor(key, wait) as Promise<never>;
    },
    waitForSignal: async (name, options) => {
      narrator.tell('wait', `${options.key ?? name} (${name})`);
      return job.waitForSignal(name, options);
    },
    signalLink: (name, options) => {
      narrator.tell('link', `to answer ${options?.key ?? name}; it leads nowhere`);
      return job.signalLink(name, options);
    },
    sleep: (seconds, state) => {
      const slept = job.sleep(seconds, state);
      narrator.tell('sleep', `${seconds} s, with ${shown(state)}`);
      return slept;
    },
  };
}
