import { contractOf, mustPassCancelOn } from '../../author/contract.ts';
import { SecretValues } from '../../author/secret-values.ts';
import { classifyDelivery, type DeliveryState } from '../../delivery/classify-delivery.ts';
import {
  type Disposition,
  isHiddenInGroup,
  logged,
  returned,
  visibleFor,
  waiting,
} from '../../delivery/disposition.ts';
import { notifyThenDelete } from '../../delivery/notify-end.ts';
import { quarantine, readDelivery } from '../../delivery/read-delivery.ts';
import { resolveDelivery } from '../../delivery/resolve-delivery.ts';
import { asError, describeError, UnreadableMessageError, unreachable } from '../../domain/base/errors.ts';
import { isPostponed, type JobItem } from '../../domain/state/job/item.ts';
import { isDue } from '../../domain/state/job/message.ts';
import { hasSucceeded, isQueued, isTerminal } from '../../domain/state/job/transitions.ts';
import type { Delivery } from '../../domain/state/ports.ts';
import type { Lease } from '../../domain/state/writes/holder-writes.ts';
import { claimWrite, reclaimWrite } from '../../domain/state/writes/message-writes.ts';
import { followParent } from '../children/child-gate.ts';
import { endingWithCancelPassedOn } from '../children/pass-cancel-on.ts';
import { awaitHandler, canRun, mayStart } from '../gates/await-handler.ts';
import { awaitResume, pauseOfDelivery } from '../gates/await-resume.ts';
import { awaitTurn } from '../gates/await-turn.ts';
import {
  type Arrival,
  beforeClaim,
  deleteStray,
  failWithoutKey,
  leaveQueue,
  resolving,
  sendToRunAlone,
  type WorkerDependencies,
} from '../gates/before-claim.ts';
import { placesOf } from '../gates/job-places.ts';
import { lateMs } from '../gates/take-starts.ts';
import { hideInGroup, hideInGroupAgain } from '../gates/wait-in-group.ts';
import { untilStored, writesFor } from '../gates/writes-for-ending.ts';
import { BucketWatch } from '../hold/bucket-watch.ts';
import { type Ending, endingAfter, Interruption, isAskedFor, isFailure } from '../hold/error-policy.ts';
import { Heartbeat } from '../hold/heartbeat.ts';
import { type Invocation, sliceTime, useAfter } from '../hold/invocation.ts';
import { OutputStream } from '../hold/output-stream.ts';
import { reportAttempt } from '../hold/report-attempt.ts';
import { runHandler } from '../hold/run-handler.ts';
import { type Claimed, type NotClaimable, type Ran, runOnce, type Settled } from '../hold/run-once.ts';
import { RunningTime } from '../hold/running-time.ts';
import { findState } from '../hold/saved-states.ts';
import { StateObjects } from '../hold/state-objects.ts';
import { storeResult } from '../hold/store-result.ts';
import { OpenWaits } from '../steps/job-steps.ts';
import { SignalMemo } from '../steps/signal-memo.ts';
import { StepMemo } from '../steps/step-memo.ts';
import { jobContext } from './job-context.ts';
import { LogTail, tailAfter } from './log-tail.ts';

/**
 * Processes one delivery of a job's message: claim -> run -> settle.
 * @returns what becomes of the message
 * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError
 */
export async function processDelivery(
  delivery: Delivery,
  invocation: Invocation,
  deps: WorkerDependencies,
): Promise<Disposition> {
  const received = readDelivery(delivery);
  if (received instanceof UnreadableMessageError) return quarantine(delivery, received, deps);
  const arrival = { received, delivery, invocation };
  const unclaimed = await beforeClaim(arrival, deps);
  if (unclaimed) return unclaimed;

  const { message } = received;
  const by = await pauseOfDelivery(arrival, deps);
  if (by !== undefined) return heldBack(arrival, deps, (item) => awaitResume(item, { ...arrival, by }, deps));
  if (!canRun(message.type, deps))
    return heldBack(arrival, deps, (item) => awaitHandler(item, arrival, deps));
  const places = placesOf(arrival, deps);
  if (places instanceof Error) return failWithoutKey(places, arrival, deps);
  const resolve = (state: DeliveryState) => withoutClaim(state, arrival, deps);
  const unstarted = (await places?.find()) ?? (await awaitTurn(arrival, deps, resolve));
  if (unstarted) return unstarted;
  let charged: (() => Promise<void>) | undefined;
  const end = await runOnce(
    message.id,
    {
      async claim() {
        const claimed = await claim(arrival, deps);
        return claimed.kind === 'claimed' && places ? places.take(claimed) : claimed;
      },
      run: (lease) => run(lease, arrival, deps),
      async settle(lease, ran) {
        const endedAt = deps.clock.now();
        const settling = settle(lease, { ...ran, deadline: invocation.deadline }, deps);
        // Beside the write that stores the end: a batch would wait for a call more in a row.
        charged = ran.runningTime.end(endedAt);
        return settling;
      },
    },
    invocation.idempotency,
  );
  try {
    if (isEndStored(end)) await places?.leave();
    return await afterRun(end, arrival, deps);
  } finally {
    await charged?.();
  }
}

const isEndStored = (end: NotClaimable | Settled): boolean =>
  end.kind === 'returned' ? end.isStored === true : end.kind !== 'notClaimable';

/** Does what follows the end of an attempt. */
async function afterRun(
  end: NotClaimable | Settled,
  arrival: Arrival,
  deps: WorkerDependencies,
): Promise<Disposition> {
  const { message } = arrival.received;
  switch (end.kind) {
    case 'notClaimable':
      return end.held ?? withoutClaim(end.state, arrival, deps);
    case 'finished':
      return logged(await notifyThenDelete(end.item, deps));
    case 'postponed':
      return logged(await leaveQueue(end.item, deps));
    case 'hidden':
      return logged(await hideInGroup(end.item, arrival, deps));
    case 'returned':
      return logged((end.isWait ? waiting : returned)(end.why, end.visibleAt, message));
    default:
      return unreachable(end);
  }
}

/** Does what a message calls for that does not start its job. */
async function withoutClaim(
  state: DeliveryState,
  arrival: Arrival,
  deps: WorkerDependencies,
): Promise<Disposition> {
  const { received } = arrival;
  if (state.kind === 'stray') return deleteStray(state.item, deps);
  if (state.kind === 'notDue' && state.item && isHiddenInGroup(state.item))
    return hideInGroupAgain(state.item, arrival, deps);
  if (state.kind === 'crashedWithOthers') return sendToRunAlone(received.message, deps);
  const { receiptHandle } = arrival.delivery;
  return resolveDelivery(state, { ...received, receiptHandle }, resolving(deps));
}

/**
 * The same of a message whose job is not to start, although it might: its type is paused, or this build cannot run it.
 * Nothing else is different.
 */
async function heldBack(
  arrival: Arrival,
  deps: WorkerDependencies,
  hold: (item: JobItem | undefined) => Promise<Disposition>,
): Promise<Disposition> {
  const { message } = arrival.received;
  const item = await deps.store.read(message.id);
  const state = classifyDelivery(item, { message, now: deps.clock.now() });
  return mayStart(state) ? hold(item) : withoutClaim(state, arrival, deps);
}

/** Step 1: takes the job under a lease, or finds out why it may not be started. */
async function claim(
  { received: { message }, delivery, invocation }: Arrival,
  { store, clock, random, leaseMs }: WorkerDependencies,
): Promise<Claimed | NotClaimable> {
  const claimId = random.uuid();
  const now = clock.now();
  const inCompany = !invocation.isAlone;
  const stateAfter = async (item: JobItem | undefined): Promise<DeliveryState> =>
    item
      ? { kind: 'ownClaim', item }
      : classifyDelivery(await store.read(message.id), { message, claimId, now: clock.now() });
  // If the job is not due there may be no item yet that would refuse the claim.
  const claimed = isDue(message, now)
    ? await store.write(claimWrite(message, { now, claimId, leaseMs, inCompany }))
    : undefined;
  let state = await stateAfter(claimed);
  if (state.kind === 'crashedWithOthers' && invocation.isIsolated) {
    // After a slow read, a start that the attempt has taken is not used any more.
    if (clock.now() >= now + lateMs) return { kind: 'notClaimable', state: { kind: 'claimable' } };
    const reclaim = reclaimWrite(state.item, message, { now: clock.now(), claimId, leaseMs });
    state = await stateAfter(await store.write(reclaim));
  }
  if (state.kind !== 'ownClaim') return { kind: 'notClaimable', state };
  const { item } = state;
  // An answer that took longer than the lease is of no use: another worker may hold the job.
  if (clock.now() >= (item.leaseUntil ?? 0)) return { kind: 'notClaimable', state: { kind: 'claimable' } };
  return { kind: 'claimed', lease: { item, message, receiptHandle: delivery.receiptHandle } };
}

/** Step 2: runs the handler while the heartbeat keeps the lease. */
async function run(
  lease: Lease,
  { delivery, invocation }: Arrival,
  common: WorkerDependencies,
): Promise<Ran> {
  const { item, message } = lease;
  const reporter = reportAttempt(lease, { delivery, invocation }, common);
  const contract = contractOf(common.contracts, message.type);
  const keepsLog = contract?.keepLog ?? common.keepsLogs;
  const tail = keepsLog ? new LogTail(item.attempt, common.clock) : undefined;
  const bucket = new BucketWatch(common.clock);
  const [objects, multipart] = [bucket.objects(common.objects), bucket.multipart(common.multipart)];
  const deps = { ...common, objects, multipart, log: tail?.from(reporter.log) ?? reporter.log };
  const controller = new AbortController();
  const secrets = new SecretValues();
  const output = new OutputStream(item, deps);
  const states = new StateObjects(item, deps);
  const signals = contract?.signals && new SignalMemo(lease, deps);
  const waits = new OpenWaits();
  const runningTime = new RunningTime(item, deps);
  const onRenewed = (renewed: JobItem) => {
    void runningTime.chargeIfDue();
    signals?.follow(renewed);
    void followParent(message, controller, deps);
    void states.sweep(renewed);
  };
  const heartbeat = new Heartbeat({ lease, delivery, controller, onRenewed, tail }, deps);
  const time = sliceTime(contract, invocation, deps.clock.now());
  const { stopping } = invocation;
  const isStopping = () => stopping?.requested.aborted ?? false;
  const slice = { ...time, isStopping };
  const running = { item, message, contract, controller, heartbeat, secrets, output, states, ...slice };
  const context = async () => {
    const { text, output: written } = await findState(item, deps);
    if (written) output.restore(written);
    const memo = contract?.hasSteps ? await StepMemo.read(item, { ...deps, heartbeat, states }) : undefined;
    return jobContext(
      { ...running, reporter, memo, waits, signals, resumed: text },
      { ...deps, spawning: deps },
    );
  };
  const requireLease = () => heartbeat.requireLease();
  const store = async (text: string) => {
    waits.requireNone();
    return storeResult(text, { item, output, objects, requireLease });
  };
  const abort = (after: JobItem): Promise<void> =>
    output.abortUnless(after.output?.upload).catch((error: unknown) => {
      deps.log.warn('upload not aborted', { error: asError(error) });
    });
  const sweep = async (after: JobItem): Promise<void> => {
    // Together: if the bucket does not answer, little time is left.
    await Promise.all([states.sweep(after), hasSucceeded(after.status) ? undefined : abort(after)]);
  };
  const interrupt = () => controller.abort(new Interruption());
  stopping?.drained.addEventListener('abort', interrupt);
  if (stopping?.drained.aborted) interrupt();
  reporter.started();
  const endOfPart = invocation.sharedTime.begin();
  let mbMs = 0;
  let ending: Ending;
  void heartbeat.beat();
  try {
    const result = await runHandler(
      { ...message, ...time, bucket, context, store, controller, secrets },
      deps,
    );
    ending = { kind: 'succeeded', ...result };
  } catch (thrown) {
    const error = secrets.hideError(asError(thrown));
    if (isFailure(error)) deps.log.warn('attempt failed', { error });
    const attempt = { item, retry: contract?.retry, now: deps.clock.now(), random: deps.random.fraction() };
    const after = endingAfter(error, { ...attempt, hasProgressed: heartbeat.hasProgressed });
    ending = await endingWithCancelPassedOn(after, lease, deps);
  } finally {
    mbMs = Math.round(endOfPart() * invocation.memoryMb);
    heartbeat.stop();
    bucket.end();
    stopping?.drained.removeEventListener('abort', interrupt);
  }
  const logTail = tail && tailAfter(ending, tail.text, contract?.queue);
  const used = useAfter(item, mbMs, invocation);
  const report = { ...heartbeat.lastReport, ...used, logTail };
  return { ending, report, leaseUntil: heartbeat.leaseUntil, mbMs, sweep, reporter, runningTime };
}

interface Settling extends Ran {
  /** By when the worker must have stopped, epoch milliseconds. */
  readonly deadline: number;
}

/** If an answer has come meanwhile, the job was handed over. */
const storedAs = (ending: Ending, { status }: JobItem): Ending =>
  ending.kind === 'asleep' && isQueued(status) ? { kind: 'handedOver' } : ending;

/** Step 3: stores how the attempt ended. Without an answer the lease stands, and with it the message's invisibility. */
async function settle(lease: Lease, ran: Settling, deps: WorkerDependencies): Promise<Settled> {
  const { leaseUntil, deadline, sweep, reporter, mbMs, ending } = ran;
  const { clock } = deps;
  const now = clock.now();
  try {
    const giveUpAt = Math.min(leaseUntil, deadline);
    const item = await untilStored(() => storeEnd(lease, ran, deps), { giveUpAt, clock });
    if (item) {
      const stored = storedAs(ending, item);
      reporter.ended({ ending: stored, item, mbMs }, now);
      await sweep(item);
      if (isTerminal(item.status)) return { kind: 'finished', item };
      if (isPostponed(item)) return { kind: 'postponed', item };
      if (isHiddenInGroup(item)) return { kind: 'hidden', item };
      const visibleAt = visibleFor(item, clock.now());
      return { kind: 'returned', why: stored.kind, visibleAt, isWait: isAskedFor(stored), isStored: true };
    }
  } catch (thrown) {
    const error = asError(thrown);
    reporter.log.error('end of attempt not stored', { error });
    reporter.ended({ ending, outcome: 'unknown', mbMs }, now);
    return { kind: 'returned', why: describeError(error).message, visibleAt: leaseUntil };
  }
  reporter.ended({ ending, outcome: 'lost', mbMs }, now);
  const why =
    ending.kind === 'lost' ? ending.why : 'another worker has the job, or this end is stored already';
  return { kind: 'returned', why, visibleAt: clock.now() };
}

/** @returns the item with the end of the attempt; undefined if the worker does not hold the job any more */
async function storeEnd(
  lease: Lease,
  { ending, report }: Ran,
  { store, clock, retentionMs, keepChildrenMs, contracts }: WorkerDependencies,
): Promise<JobItem | undefined> {
  const passing = { mustPassCancelOn: mustPassCancelOn(lease.item, contracts) };
  const end = { now: clock.now(), retentionMs, keepChildrenMs, ...passing, ...report };
  for (const write of writesFor(ending, lease, end)) {
    const item = await store.write(write);
    if (item) return item;
  }
  return undefined;
}
