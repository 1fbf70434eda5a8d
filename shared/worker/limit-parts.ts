import type { JobContract } from '../author/contract.ts';
import { asError, LimitKeyError, LimitWaitError, StepError } from '../domain/base/errors.ts';
import type { Clock } from '../domain/base/ports.ts';
import type { JobItem } from '../domain/state/item.ts';
import type { JobMessage } from '../domain/state/message.ts';
import type { StartRates } from '../domain/state/start-rate.ts';
import type { SliceEnd } from './job-steps.ts';
import { type Limit, limitsOf } from './limit-rate.ts';
import { takeStarts } from './take-starts.ts';

/** For a later start, the job leaves its worker. */
const maxWaitMs = 10_000;
/** A queue delays by whole seconds, and a job takes some time to come to its call again. */
const earlyMs = 1_500;

interface Slice {
  readonly item: Pick<JobItem, 'tenant' | 'turn'>;
  readonly message: Pick<JobMessage, 'payload'>;
  readonly contract: JobContract | undefined;
  readonly signal: AbortSignal;
  readonly sliceEnd: Pick<SliceEnd, 'isNear'>;
}

interface PartDependencies {
  readonly clock: Clock;
  /** Absent in a replay. */
  readonly startRates?: StartRates | undefined;
}

/**
 * Waits for the start of a part of a job. It is used up, whatever becomes of the call. The turn that the slice has begun with is that of its first
 * call with this key: the others go behind those who wait.
 * @returns the wait for a part. It throws LimitWaitError for a start that is not near, LimitKeyError, StepError, StoreUnavailableError, and the
 * signal's reason
 */
export function limitParts(
  { item, message, contract, signal, sliceEnd }: Slice,
  { clock, startRates }: PartDependencies,
): (name: string) => Promise<void> {
  let { turn } = item;

  function limitOf(name: string): Limit | undefined {
    const { partLimits = {} } = contract ?? {};
    const limit = Object.hasOwn(partLimits, name) ? partLimits[name] : undefined;
    if (!contract || !limit) throw new StepError(`the contract of this type has no part "${name}"`);
    const limits = limitsOf(contract, [limit], { ...message, tenant: item.tenant });
    if (limits instanceof Error) throw new LimitKeyError(limits.message);
    return limits[0];
  }

  const requireWanted = () => {
    if (signal.aborted) throw asError(signal.reason);
  };

  /** @returns whether there is one that is near, for who comes without a turn or with one */
  async function takeNear({ rate }: Limit, hasTurn: boolean, rates: StartRates): Promise<boolean> {
    if (!hasTurn && rates.hasLine(rate, clock.now())) return false;
    const isTaken = await takeStarts([rate], signal, { startRates: rates, clock });
    requireWanted();
    return isTaken;
  }

  return async (name) => {
    const limit = limitOf(name);
    if (!limit || !startRates) return;
    const { rate, shownKey: of } = limit;
    const latest = clock.now() + maxWaitMs;
    let hasTurn = turn?.of === of;
    if (hasTurn) turn = undefined;
    while (!(await takeNear(limit, hasTurn, startRates))) {
      const at = await startRates.join(rate, clock.now());
      if (at > latest || sliceEnd.isNear(at - clock.now()))
        throw new LimitWaitError(new Date(at - earlyMs), { of, at });
      await clock.sleep(at - clock.now(), signal);
      requireWanted();
      hasTurn = true;
    }
  };
}

/** Makes a call when its part may start. Whoever forgets to await it gets no error, but the process must not end because of that. */
export function callAfter<Result>(
  start: Promise<void>,
  call: () => Result | Promise<Result>,
): Promise<Result> {
  const called = start.then(() => call());
  called.catch(() => undefined);
  return called;
}
