import { contractOf } from '../author/contract.ts';
import { SecretValues } from '../author/secret-values.ts';
import { isKey, maxKeyLength, ratesOf } from '../author/work-limit.ts';
import { classifyDelivery } from '../delivery/classify-delivery.ts';
import { type Disposition, returned, waiting } from '../delivery/disposition.ts';
import { failUnclaimed } from '../delivery/resolve-delivery.ts';
import { asError, InvalidPayloadError } from '../domain/base/errors.ts';
import { maxQueueDelaySeconds } from '../domain/base/schedule-time.ts';
import { awaitTurnWrite } from '../domain/state/hold-back-writes.ts';
import { isPostponed, type JobItem, turnInLine } from '../domain/state/item.ts';
import type { JobMessage } from '../domain/state/message.ts';
import type { StartRate } from '../domain/state/start-rate.ts';
import { lastStart, mayStart } from './await-handler.ts';
import { type Arrival, leaveQueue, resolving, type WorkerDependencies } from './before-claim.ts';
import { readPayload } from './run-handler.ts';

/** A queue delays by whole seconds, and the worker waits for the rest itself. */
const earlyMs = 1_500;
/** A worker that stood still for longer after it has taken a start takes another one. */
const lateMs = 1_000;

/** The limit of a job's starts. */
interface Limit {
  readonly rate: StartRate;
  /** The key as people see it. */
  readonly shownKey: string;
}

/**
 * Waits for the start of an attempt whose type has a limit. A start that is near is taken, and waited for here. Else the job takes a turn, and
 * its message comes back then: the job uses no attempt. A worker that dies in between has used up a start or a turn, which makes the rate
 * lower for that moment, and never higher.
 * @returns what becomes of the message; undefined if the job may be claimed now
 * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError
 */
export async function awaitTurn(
  arrival: Arrival,
  deps: WorkerDependencies,
): Promise<Disposition | undefined> {
  const { message } = arrival.received;
  const limit = limitOf(message, deps);
  if (!limit) return undefined;
  if (limit instanceof Error)
    return failUnclaimed(
      { ...arrival.received, error: { name: 'LimitKeyError', message: limit.message } },
      resolving(deps),
    );
  const { store, startRates, clock } = deps;
  const item = await store.read(message.id);
  // What must not start uses up nothing: who tries to claim the job finds out what it calls for.
  if (!mayStart(classifyDelivery(item, { message, now: clock.now() }))) return undefined;
  const hasTurn = item !== undefined && turnInLine(item) !== undefined;
  const isBehindOthers = !hasTurn && startRates.hasLine(limit.rate, clock.now());
  const stopping = arrival.invocation.stopping?.requested;
  if (isBehindOthers || !(await waitForStart(limit.rate, stopping, deps)))
    return standInLine(limit, { ...arrival, item }, deps);
  return stopping?.aborted ? returned('the server stops', clock.now(), message) : undefined;
}

/** @returns false if there is no start that is near */
async function waitForStart(
  rate: StartRate,
  stopping: AbortSignal | undefined,
  { startRates, clock }: WorkerDependencies,
): Promise<boolean> {
  for (;;) {
    const startAt = await startRates.take(rate, clock.now());
    if (startAt === undefined) return false;
    await clock.sleep(startAt - clock.now(), stopping);
    if (clock.now() < startAt + lateMs) return true;
  }
}

/** @returns undefined if the job has no limit; an error if it has no key although it should */
function limitOf(
  { type, payload, tenant }: JobMessage,
  { contracts }: WorkerDependencies,
): Limit | Error | undefined {
  const contract = contractOf(contracts, type);
  const [limit] = ratesOf(contract?.limits);
  if (!contract || !limit) return undefined;
  const { perSecond, burst = 1 } = limit;
  const secrets = new SecretValues();
  try {
    const key =
      typeof limit.key === 'string'
        ? limit.key
        : limit.key(readPayload(contract, payload, secrets), { tenant });
    if (key === undefined) return undefined;
    return isKey(key)
      ? { rate: { key, perSecond, burst }, shownKey: secrets.hide(key) }
      : new Error(`The key of the limit must have 1 to ${maxKeyLength} characters.`);
  } catch (thrown) {
    // The attempt says so.
    if (thrown instanceof InvalidPayloadError) return undefined;
    const { message } = secrets.hideError(asError(thrown));
    return new Error(`The key of the limit could not be made: ${message}`);
  }
}

/**
 * A job that has had a turn before this attempt keeps that, and its item stays as it is: another copy of its message may have taken a start,
 * and is about to claim the job.
 */
async function standInLine(
  { rate, shownKey }: Limit,
  {
    item,
    received: { message },
    delivery: { receiptHandle },
  }: Arrival & { readonly item: JobItem | undefined },
  deps: WorkerDependencies,
): Promise<Disposition> {
  const { store, startRates, clock, log } = deps;
  const now = clock.now();
  const at = await startRates.join(rate, now);
  const isOfGroup = message.options.group !== undefined;
  const until = Math.min(Math.max(at - earlyMs, now + 1), lastStart(message, item, now));
  const again = (visibleAt: number) =>
    (isOfGroup ? returned : waiting)('it waits for its turn', visibleAt, message);
  if (item && turnInLine(item)) return again(Math.min(until, now + maxQueueDelaySeconds * 1000));
  const turn = { of: shownKey, at, until, ...(isOfGroup ? { receiptHandle } : {}) };
  const written = await store.write(awaitTurnWrite(message, { item, ...turn }, now));
  if (!written) return returned('the item changed while it was read', now, message);
  log.info('a job waits for its turn', { jobId: message.id, type: message.type, key: shownKey, at });
  return isPostponed(written) ? leaveQueue(written, deps) : again(until);
}
