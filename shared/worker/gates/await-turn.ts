import { contractOf } from '../../author/contract.ts';
import { ratesOf } from '../../author/work-limit.ts';
import { classifyDelivery, type DeliveryState } from '../../delivery/classify-delivery.ts';
import { type Disposition, itemChanged, returned, waiting } from '../../delivery/disposition.ts';
import { microsOf } from '../../domain/access/rate.ts';
import { maxQueueDelaySeconds } from '../../domain/base/schedule-time.ts';
import { isPostponed, type JobItem, turnInLine } from '../../domain/state/job/item.ts';
import { intervalOf, type StartRate } from '../../domain/state/limits/start-rate.ts';
import { awaitTurnWrite } from '../../domain/state/writes/hold-back-writes.ts';
import { lastStart, mayStart } from './await-handler.ts';
import { type Arrival, failWithoutKey, leaveQueue, type WorkerDependencies } from './before-claim.ts';
import { type Limit, limitsOf } from './limit-rate.ts';
import { takeStarts } from './take-starts.ts';

/** A queue delays by whole seconds, and the worker waits for the rest itself. */
const earlyMs = 1_500;

/**
 * Waits for the start of an attempt whose type has limits. If a start of each is near, they are taken, and waited for
 * here. Else the job takes a turn, and its message comes back then: the job uses no attempt. A worker that dies in
 * between has used up starts or a turn, which makes the rate lower for that moment, and never higher.
 * @param resolve does what the message of a job calls for that is not to start now
 * @returns what becomes of the message; undefined if the job may be claimed now
 * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError
 */
export async function awaitTurn(
  arrival: Arrival,
  deps: WorkerDependencies,
  resolve: (state: DeliveryState) => Promise<Disposition>,
): Promise<Disposition | undefined> {
  const { message } = arrival.received;
  const contract = contractOf(deps.contracts, message.type);
  if (!contract?.limits) return undefined;
  const limits = limitsOf(contract, ratesOf(contract.limits), message);
  if (limits instanceof Error) return failWithoutKey(limits, arrival, deps);
  const rates = limits.map(({ rate }) => rate);
  if (rates.length === 0) return undefined;
  const { store, startRates, clock } = deps;
  const item = await store.read(message.id);
  // What must not start uses up nothing. Nor is it claimed: its time may come before the claim, which would be one
  // without a start.
  const state = classifyDelivery(item, { message, now: clock.now() });
  if (!mayStart(state)) return resolve(state);
  const hasTurn = hasHadTurn(item);
  const isBehindOthers = !hasTurn && rates.some((rate) => startRates.hasLine(rate, clock.now()));
  const stopping = arrival.invocation.stopping?.requested;
  const limit =
    isBehindOthers || !(await takeStarts(rates, stopping, deps)) ? furthest(limits, item, deps) : undefined;
  if (limit) return standInLine(limit, { ...arrival, item }, deps);
  return stopping?.aborted ? returned('the server stops', clock.now(), message) : undefined;
}

const hasHadTurn = (item: JobItem | undefined): boolean =>
  item !== undefined && turnInLine(item) !== undefined;

/** For a job that has had its turn, the turns of others do not count: their line may be days longer than its wait. */
const nextFor = (rate: StartRate, item: JobItem | undefined, { startRates, clock }: WorkerDependencies) =>
  hasHadTurn(item) ? startRates.nextInTurn(rate, clock.now()) : startRates.nextStart(rate, clock.now());

/** The one with the last start: the others are near by then, or come soon. */
const furthest = (
  limits: readonly Limit[],
  item: JobItem | undefined,
  deps: WorkerDependencies,
): Limit | undefined => {
  const at = ({ rate }: Limit) => nextFor(rate, item, deps);
  return limits.toSorted((one, other) => at(other) - at(one))[0];
};

/**
 * A job that has had a turn before this attempt keeps that, and its item stays as it is: another copy of its message
 * may have taken a start, and is about to claim the job. It takes a second turn only if its message can wait for that
 * in the queue.
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
  const hasTurn = hasHadTurn(item);
  // It is looked at again before another turn comes: if it took one at each look, the line would grow by an interval
  // each time.
  const isSlow = intervalOf(rate) > microsOf(maxQueueDelaySeconds * 1000);
  const at = hasTurn && isSlow ? nextFor(rate, item, deps) : await startRates.join(rate, now);
  const isOfGroup = message.options.group !== undefined;
  const until = Math.min(Math.max(at - earlyMs, now + 1), lastStart(message, item, now));
  const again = (visibleAt: number) =>
    (isOfGroup ? returned : waiting)('it waits for its turn', visibleAt, message);
  if (hasTurn) return again(Math.min(until, now + maxQueueDelaySeconds * 1000));
  const turn = { of: shownKey, at, until, ...(isOfGroup ? { receiptHandle } : {}) };
  const written = await store.write(awaitTurnWrite(message, { item, ...turn }, now));
  if (!written) return itemChanged(now, message);
  log.info('a job waits for its turn', { jobId: message.id, type: message.type, key: shownKey, at });
  return isPostponed(written) ? leaveQueue(written, deps) : again(until);
}
