import type * as z from 'zod/v4/core';
import { type Contracts, contractOf } from '../../author/contract.ts';
import { mask } from '../../author/secret-fields.ts';
import { makeVisibleAt } from '../../delivery/visibility.ts';
import {
  ConflictError,
  InvalidRequestError,
  NotFoundError,
  StoreUnavailableError,
} from '../../domain/base/errors.ts';
import { fingerprintOf } from '../../domain/base/fingerprint.ts';
import type { Clock, Log, Random } from '../../domain/base/ports.ts';
import type { ObjectStore } from '../../domain/objects/object-ports.ts';
import { stateNameOf } from '../../domain/objects/stored-object.ts';
import type { PointerQueue } from '../../domain/schedules/schedule-ports.ts';
import { shortActor } from '../../domain/state/job/history.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import {
  maxAnswerInItem,
  maxAnswersInItem,
  maxEarlyAnswers,
  maxInlineAnswers,
} from '../../domain/state/job/item-budget.ts';
import { pointerTo } from '../../domain/state/job/pointer.ts';
import { isTerminal } from '../../domain/state/job/transitions.ts';
import type { JobStore } from '../../domain/state/ports.ts';
import {
  type Answer,
  decisionOf,
  isAnswered,
  isOpen,
  openWaitsOf,
  readSavedSignals,
  type SavedSignals,
  type Wait,
  withAnswer,
} from '../../domain/state/stored/saved-signals.ts';
import type { ShownGroupQueue } from '../../domain/state/tenant-queues.ts';
import { answerWrite } from '../../domain/state/writes/signal-writes.ts';
import { type Act, findJob } from '../find/find-job.ts';

export interface SignalDependencies {
  readonly store: JobStore;
  /** To the queue that admission receives from. */
  readonly pointers: PointerQueue;
  /** The queue of the jobs of groups. */
  readonly ordered: Pick<ShownGroupQueue, 'changeVisibility'>;
  readonly objects: Pick<ObjectStore, 'put' | 'delete'>;
  readonly contracts: Contracts;
  readonly clock: Clock;
  readonly random: Pick<Random, 'uuid'>;
  readonly log: Log;
}

/** An answer as it was sent. */
export interface SentSignal {
  readonly name: string;
  /** That of the wait. Default: the signal's name. */
  readonly key?: string | undefined;
  /** As JSON has it. */
  readonly value: unknown;
  /** @throws InvalidRequestError if the value does not fit the schema that the contract has for it */
  readonly check: (schema: z.$ZodType) => void;
  /**
   * What people read of the value, by the contract's words. @param shown the value without what is secret
   * @returns undefined if the contract has no words
   */
  readonly wordsOf?: (type: string, shown: unknown) => string | undefined;
}

/** Tells apart two answers. With 132 bits, and no longer: the item has one for each. */
export const answerPrintOf = (value: unknown): string => fingerprintOf(value ?? null).slice(0, 22);

const maxKey = 200;
const maxTries = 8;

/**
 * Sends an answer to a job. The answer is stored before the job is started, and the caller is answered last: a
 * process that dies in between leaves the caller without an answer, and the caller's repetition does the rest.
 * @returns the job
 * @throws InvalidRequestError if the answer does not fit the contract, or the job waits for another signal under the
 * key; NotFoundError if the type has no such signal; ConflictError if another answer was sent under the key, the wait
 * is closed, the job has ended, or has no room; JobNotFoundError; StoreUnavailableError, QueueUnavailableError,
 * ObjectsUnavailableError: then the answer may be stored all the same
 */
export async function signalJob(which: Act, sent: SentSignal, deps: SignalDependencies): Promise<JobItem> {
  const { name, key = name } = sent;
  requireKey(key);
  const identity = { name, key, fingerprint: answerPrintOf(sent.value) };
  let object: string | undefined;
  let words: string | undefined;
  for (let tries = 0; tries < maxTries; tries += 1) {
    const job = await findJob(which, deps);
    if (tries === 0) {
      const schema = requireFit(job, sent, deps.contracts);
      words = sent.wordsOf?.(job.type, mask(schema, sent.value));
    }
    const saved = readSavedSignals(job.signals);
    const now = deps.clock.now();
    const answer = { ...identity, at: now, by: shortActor(which.by) };
    if (await isSentAlready(job, { ...identity, object }, deps)) {
      await start(job, deps);
      return job;
    }
    requireWaitOf(job, identity);
    requireRoom(job, saved, answer);
    const isInline = bytesOf(sent.value) <= maxAnswerInItem && hasRoom(saved, { value: sent.value });
    if (!isInline) object ??= await putValue(job, sent.value, deps);
    const kept = isInline ? { value: sent.value } : { object };
    const stored = { ...answer, ...kept, words: hasRoom(saved, { ...kept, words }) ? words : undefined };
    const written = await deps.store.write(answerWrite(job, stored, now));
    if (!written) continue;
    await start(written, deps);
    return written;
  }
  throw new StoreUnavailableError(`job ${which.id} changed ${maxTries} times while an answer was sent to it`);
}

/** @throws InvalidRequestError */
function requireKey(key: string): void {
  if (key.length >= 1 && key.length <= maxKey) return;
  throw new InvalidRequestError('The key of the wait is not valid.', [
    { pointer: 'key', detail: `must have 1 to ${maxKey} characters` },
  ]);
}

/**
 * An answer under the key of an open wait for another signal would be kept, and never be asked for. @throws
 * InvalidRequestError
 */
function requireWaitOf(job: JobItem, { name, key }: Wait): void {
  const underKey = openWaitsOf(job).filter((wait) => wait.key === key);
  if (underKey.length === 0 || underKey.some((wait) => wait.name === name)) return;
  const names = underKey.map((wait) => `"${wait.name}"`).join(', ');
  throw new InvalidRequestError(`Under the key "${key}" the job waits for ${names}, and not for "${name}".`);
}

/** @returns the schema that the answer fits. @throws NotFoundError, and what `check` throws */
function requireFit({ type }: JobItem, { name, check }: SentSignal, contracts: Contracts): z.$ZodType {
  const signals = contractOf(contracts, type)?.signals ?? {};
  const schema = Object.hasOwn(signals, name) ? signals[name] : undefined;
  if (!schema) throw new NotFoundError(`Jobs of the type ${type} know no signal "${name}".`);
  check(schema);
  return schema;
}

interface Sending extends Pick<Answer, 'name' | 'key' | 'fingerprint'> {
  /** The object that the answer was put into before, when the job had not changed yet. */
  readonly object: string | undefined;
}

/** @returns whether the same answer was sent before. @throws ConflictError if no other one can be */
async function isSentAlready(
  job: JobItem,
  sending: Sending,
  { objects }: SignalDependencies,
): Promise<boolean> {
  const saved = readSavedSignals(job.signals);
  const decision = decisionOf(saved, sending, job.run);
  const isOver = decision !== undefined || isTerminal(job.status);
  const isKept = saved.answers.some(({ object }) => object === sending.object);
  if (isOver && sending.object !== undefined && !isKept)
    await objects.delete(stateNameOf(job, sending.object));
  if (decision?.by === 'signal') {
    if (decision.answer.fingerprint === sending.fingerprint) return true;
    throw new ConflictError(`Another answer was sent under the key "${sending.key}".`);
  }
  if (decision) throw new ConflictError(`Too late: the job does not wait for "${sending.key}" any more.`);
  if (isOver) throw new ConflictError(`The job is ${job.status} already.`);
  return false;
}

const textOf = (value: unknown): string => JSON.stringify(value ?? null);

const bytesOf = (value: unknown): number => (value === undefined ? 0 : Buffer.byteLength(textOf(value)));

/** What takes the room for values. Where no room is left, what people read of an answer is left out, and the answer is stored. */
type Roomy = Pick<Answer, 'value' | 'words'>;
const roomOf = (answers: readonly Roomy[]): number =>
  answers.reduce((sum, { value, words }) => sum + bytesOf(value) + bytesOf(words), 0);

const hasRoom = ({ answers }: SavedSignals, added: Roomy): boolean =>
  roomOf([...answers, added]) <= maxInlineAnswers;

/** @returns what makes the object's name unique */
async function putValue(
  { tenant, id }: JobItem,
  value: unknown,
  { objects, random }: SignalDependencies,
): Promise<string> {
  const uuid = random.uuid();
  const name = stateNameOf({ tenant, id }, uuid);
  await objects.put({ name, body: textOf(value), contentType: 'application/json' });
  return uuid;
}

/** What a value of the maximum length takes in the item, or the name of its object. @throws ConflictError */
function requireRoom(job: JobItem, saved: SavedSignals, answer: Answer): void {
  const early = saved.answers.filter(({ isEarly }) => isEarly).length;
  if (early >= maxEarlyAnswers && !isOpen(job, answer))
    throw new ConflictError(`The job has ${early} answers that it does not wait for yet, and takes no more.`);
  const others = Buffer.byteLength(withAnswer(saved, answer, undefined)) - roomOf(saved.answers);
  if (others > maxAnswersInItem - maxInlineAnswers)
    throw new ConflictError('The job has had so many answers that it takes no more.');
}

/**
 * Starts a job that waits for what was sent. The pointer says `again`: admission may have sent the job's message with a
 * delay, for the end of its wait.
 */
async function start(job: JobItem, deps: SignalDependencies): Promise<void> {
  if (!isAnswered(job)) return;
  const { pointers, ordered: queue, clock, log } = deps;
  const { receiptHandle, tenant } = job;
  if (job.group === undefined) await pointers.send({ ...pointerTo(job), again: true }, 0, tenant);
  else if (receiptHandle !== undefined)
    await makeVisibleAt({ receiptHandle, tenant }, clock.now(), { queue, clock, log });
}
