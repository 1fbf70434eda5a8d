import { type Disposition, deleted } from '../delivery/disposition.ts';
import type { Suspensions } from '../domain/access/ports.ts';
import {
  type Breaker,
  type BreakerState,
  type BreakerTransition,
  breakerWrite,
} from '../domain/notify/breaker.ts';
import {
  type Endpoint,
  type EndpointTry,
  laterIdOf,
  type ParkedNotification,
} from '../domain/notify/endpoint.ts';
import type { NotificationMessage } from '../domain/notify/notification.ts';
import type { Attempt } from './attempt.ts';
import { announce, type ParkDependencies, sendTry } from './park-notification.ts';
import { putOff } from './put-off.ts';
import { recordIn } from './record-attempt.ts';
import { endpointWaitAfter } from './retry-plan.ts';
import { giveUp, holdBack, type SettleDependencies, settle } from './settle-attempt.ts';

export interface TryDependencies extends SettleDependencies, Omit<ParkDependencies, 'clock'> {
  readonly suspensions: Suspensions;
  readonly notify: (message: NotificationMessage) => Promise<Attempt>;
}

/** So many are sent at a time to an endpoint that does not answer. */
const probes = 3;
/** To one that answers, so many of each shard. */
const pageOfShard = 2;
/** A pass begins no further attempts after this: each takes 15 s at most, and the function has 60. */
const passMs = 30_000;
const nextPassMs = 1_000;
/**
 * While a limit of the tenant leaves few turns, a pass waits until there are some: each looks at a page of what is
 * parked.
 */
const turnsMs = 15_000;

/**
 * Tries an endpoint whose breaker is open. If it answers, all that is parked is delivered, in several passes if it is
 * much. Each pass ends like an attempt of a notification: the next message is sent *before* the breaker says so.
 * @param holder the id of the message: when it comes again, it goes on, and a copy of it waits
 * @returns what becomes of the message
 * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError, and what `notify` throws
 */
export async function tryEndpoint(
  { tryEndpoint: endpoint, pass, dueAt }: EndpointTry,
  holder: string,
  deps: TryDependencies,
): Promise<Disposition> {
  const { endpoints, clock } = deps;
  if (dueAt > clock.now()) {
    await sendTry({ endpoint, pass, dueAt }, deps);
    return deleted('the endpoint is not to be tried yet');
  }
  const found = await endpoints.read(endpoint);
  if (!found || found.pass > pass) return leave(found, endpoint, deps);
  if (found.state === 'closed') return sweep(found, endpoint, deps);
  const { failures, why, since, rejects } = found;
  const facts = { endpoint, pass, now: clock.now(), failures, why, since, holder, rejects };
  const begin = breakerWrite(found.state === 'open' ? 'begin' : 'beginDraining', facts);
  if (!(await endpoints.write(begin))) {
    // Another copy of the message makes the try. If it dies, this one is there.
    await sendTry({ endpoint, pass, dueAt: found.heldUntil ?? clock.now() + nextPassMs }, deps);
    return deleted('a copy of the message tries the endpoint');
  }
  await endPass({ endpoint, breaker: begin.breaker }, deps);
  return look(endpoint, pass, deps);
}

interface Pass {
  readonly endpoint: Endpoint;
  /** As it is at the begin of the pass. */
  readonly breaker: Breaker;
}

/** Makes a pass, and has the next one follow, if it is to. */
async function endPass({ endpoint, breaker }: Pass, deps: TryDependencies): Promise<void> {
  const { endpoints, clock, log, random } = deps;
  const { pass } = breaker;
  const {
    ended,
    why,
    retryAfterSeconds = 0,
    failures = 0,
    rejects,
  } = await runPass({ endpoint, breaker }, deps);
  const now = clock.now();
  const facts = { endpoint, pass, now, failures, why };
  if (ended === 'empty') {
    log.info('endpoint answers again', { ...endpoint });
    await endpoints.write(breakerWrite('close', facts));
    return;
  }
  const waitForTurn = () => Math.max(turnsMs, retryAfterSeconds * 1000);
  const waits = {
    down: () => endpointWaitAfter(failures, random.fraction(), retryAfterSeconds),
    late: () => nextPassMs,
    untried: waitForTurn,
    postponed: waitForTurn,
  };
  const nextAt = now + waits[ended]();
  await sendTry({ endpoint, pass: pass + 1, dueAt: nextAt }, deps);
  const text = rejects ? 'endpoint takes nothing' : 'endpoint does not answer';
  if (ended === 'down') log.warn(text, { ...endpoint, why, failures, nextAt });
  const since = failures > 1 || ended === 'untried' ? breaker.since : now;
  const next: BreakerTransition = ended === 'down' || ended === 'untried' ? 'stayOpen' : 'drainOn';
  await endpoints.write(breakerWrite(next, { ...facts, nextAt, since, rejects }));
}

/**
 * What has become of the breaker at the end of a pass: a message ends only if there is another one, or nothing is
 * parked.
 */
async function look(endpoint: Endpoint, pass: number, deps: TryDependencies): Promise<Disposition> {
  const breaker = await deps.endpoints.read(endpoint);
  return breaker?.state === 'closed' && breaker.pass === pass
    ? sweep(breaker, endpoint, deps)
    : leave(breaker, endpoint, deps);
}

async function leave(
  breaker: Breaker | undefined,
  endpoint: Endpoint,
  deps: TryDependencies,
): Promise<Disposition> {
  if (breaker) await announce(breaker, endpoint, deps);
  return deleted('a later try of the endpoint takes its place');
}

/** Finds what another process parked right before the breaker was closed. */
async function sweep(breaker: Breaker, endpoint: Endpoint, deps: TryDependencies): Promise<Disposition> {
  const { endpoints, clock } = deps;
  const left = await endpoints.front(endpoint, 1);
  if (left.length === 0) return deleted('nothing is parked under the endpoint');
  const now = clock.now();
  const facts = { endpoint, pass: breaker.pass, now, failures: 0, nextAt: now };
  await endpoints.write(breakerWrite('open', facts));
  return leave(await endpoints.read(endpoint), endpoint, deps);
}

interface PassEnd {
  /**
   * `postponed`: what is left waits for its turn. `untried`: the same, and nobody knows whether the endpoint answers.
   */
  readonly ended: 'empty' | 'down' | 'late' | 'postponed' | 'untried';
  readonly why?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  /** How many tries have failed in a row, with this one. */
  readonly failures?: number;
  /** It has answered, and has taken nothing. */
  readonly rejects?: true | undefined;
}

/** What became of a parked notification. Only one that was not taken is still parked. */
type Outcome = 'gone' | 'answered' | NotTaken | Postponed;
/** It stays where it is. */
type Postponed = Attempt & { readonly kind: 'postponed' };
interface NotTaken {
  readonly attempt: Attempt & { readonly kind: 'failed' };
  /** It does not stand in the way of others: it is parked behind them, or tried again by itself. */
  readonly stepAside: () => Promise<void>;
}
const isNotTaken = (outcome: Outcome): outcome is NotTaken =>
  typeof outcome === 'object' && 'attempt' in outcome;
const isPostponed = (outcome: Outcome): outcome is Postponed =>
  typeof outcome === 'object' && 'kind' in outcome;

/**
 * Delivers what is parked, a page after the other, until nothing is, the endpoint does not answer, or the time is over.
 */
async function runPass({ endpoint, breaker }: Pass, deps: TryDependencies): Promise<PassEnd> {
  const { endpoints, clock } = deps;
  const startedAt = clock.now();
  let { state } = breaker;
  // One that rejects notifications takes no time, and may take the next ones.
  const takesPages = () => state === 'draining' || breaker.rejects;
  while (clock.now() < startedAt + passMs) {
    const page = await endpoints.front(endpoint, takesPages() ? pageOfShard : 1);
    if (page.length === 0) return { ended: 'empty' };
    const some = takesPages() ? page : probesOf(page, breaker.failures, clock.now());
    const { hasAnswered, notTaken, postponed } = await deliverSome(some, { endpoint, breaker }, deps);
    if (notTaken) return downAfter(notTaken, state, breaker);
    if (hasAnswered && state !== 'draining') {
      state = 'draining';
      const { pass, holder } = breaker;
      const facts = { endpoint, pass, holder, now: clock.now(), failures: 0 };
      await endpoints.write(breakerWrite('answer', facts));
    }
    if (postponed) return untilTurn(postponed, state, breaker);
  }
  return { ended: 'late' };
}

function downAfter(
  { why, retryAfterSeconds, isRejected: rejects }: NotTaken['attempt'],
  state: BreakerState,
  breaker: Breaker,
): PassEnd {
  const failures = state === 'draining' ? 1 : breaker.failures + 1;
  return { ended: 'down', why, retryAfterSeconds, failures, rejects };
}

function untilTurn(
  { retryAfterSeconds }: Postponed,
  state: BreakerState,
  { why, failures, rejects }: Breaker,
): PassEnd {
  if (state === 'draining') return { ended: 'postponed', retryAfterSeconds };
  return { ended: 'untried', retryAfterSeconds, why, failures, rejects };
}

/**
 * Delivers some side by side. What is rejected is parked behind all others. If one is taken, what has failed is tried
 * again by itself.
 */
async function deliverSome(
  some: readonly ParkedNotification[],
  { endpoint, breaker: { why = 'the endpoint did not answer' } }: Pass,
  deps: TryDependencies,
): Promise<{
  readonly hasAnswered: boolean;
  readonly notTaken?: NotTaken['attempt'];
  readonly postponed?: Postponed | undefined;
}> {
  const outcomes = await Promise.all(some.map((one) => deliver(one, { endpoint, why }, deps)));
  const left = outcomes.filter(isNotTaken);
  const hasAnswered = outcomes.includes('answered');
  const stepping = left.filter(({ attempt }) => hasAnswered || attempt.isRejected);
  await Promise.all(stepping.map(({ stepAside }) => stepAside()));
  const notTaken = (left.find(({ attempt }) => attempt.isDown) ?? left[0])?.attempt;
  if (!hasAnswered && notTaken) return { hasAnswered, notTaken };
  return { hasAnswered, postponed: outcomes.find(isPostponed) };
}

/**
 * Those that are given up cost the endpoint nothing. Of the others some are sent, at each try those of other shards:
 * one that can never be delivered must not stand for all.
 */
function probesOf(
  page: readonly ParkedNotification[],
  failures: number,
  now: number,
): readonly ParkedNotification[] {
  const over = page.filter(({ giveUpAt }) => giveUpAt <= now);
  if (over.length > 0) return over;
  const first = (failures * probes) % page.length;
  return [...page.slice(first), ...page.slice(0, first)].slice(0, probes);
}

/** Sends a parked notification, or gives it up, and deletes its item *after* that. */
async function deliver(
  parked: ParkedNotification,
  { endpoint, why }: { readonly endpoint: Endpoint; readonly why: string },
  deps: TryDependencies,
): Promise<Outcome> {
  const { id, message, giveUpAt } = parked;
  const remove = async <Result extends Outcome>(outcome: Result): Promise<Result> => {
    await deps.endpoints.remove(endpoint, id);
    return outcome;
  };
  const item = await deps.store.read(message.jobId);
  const known = recordIn(item, message);
  if (known?.status === 'delivered' || (known && known.attempts > message.attempts)) return remove('gone');
  const notified = { message, item };
  if (giveUpAt <= deps.clock.now()) {
    await giveUp(notified, { why, attempts: message.attempts }, deps);
    return remove('gone');
  }
  if (await deps.suspensions.isSuspended(message.tenant)) {
    const { kind } = await holdBack(notified, deps);
    return kind === 'delete' ? remove('gone') : 'gone';
  }
  const attempt = await deps.notify(message);
  if (attempt.kind === 'postponed') return attempt;
  const finish = async () => {
    await settle(notified, { attempt, postpone: (next, dueAt) => putOff(next, dueAt, deps) }, deps);
    await deps.endpoints.remove(endpoint, id);
  };
  if (attempt.kind === 'failed' && (attempt.isDown || attempt.isRejected)) {
    const stepAside = () => (attempt.isRejected ? moveBack(parked, endpoint, deps) : finish());
    return { attempt, stepAside };
  }
  await finish();
  return 'answered';
}

/** Parks it behind all others, and removes it from its old place *after* that. */
async function moveBack(
  parked: ParkedNotification,
  endpoint: Endpoint,
  { endpoints, clock }: TryDependencies,
): Promise<void> {
  const id = laterIdOf(parked.id, clock.now());
  if (id <= parked.id) return;
  await endpoints.park(endpoint, { ...parked, id });
  await endpoints.remove(endpoint, parked.id);
}
