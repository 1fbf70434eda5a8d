import type { JobContract } from '../../author/contract.ts';
import type { PartLimit } from '../../author/work-limit.ts';
import { LimitKeyError, LimitWaitError, StepError } from '../../domain/base/errors.ts';
import type { Clock, Log } from '../../domain/base/ports.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import type { JobMessage } from '../../domain/state/job/message.ts';
import type { StartRates } from '../../domain/state/limits/start-rate.ts';
import type { SliceEnd } from '../steps/job-steps.ts';
import { type Limit, limitsOf } from './limit-rate.ts';
import { type Call, type Caller, type PartLine, requireWanted } from './part-line.ts';
import { strictLine } from './strict-calls.ts';
import { takeStarts } from './take-starts.ts';

/** For a later start, the job leaves its worker. */
const maxWaitMs = 10_000;
/** A queue delays by whole seconds, and a job takes some time to come to its call again. */
const earlyMs = 1_500;

interface Slice {
  readonly item: Pick<JobItem, 'id' | 'tenant' | 'turn' | 'fencingToken'>;
  readonly message: Pick<JobMessage, 'payload'>;
  readonly contract: JobContract | undefined;
  readonly signal: AbortSignal;
  readonly sliceEnd: Pick<SliceEnd, 'isNear'>;
}

interface PartDependencies {
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  readonly startRates: StartRates;
}

/**
 * Waits for the start of a part of a job. It is used up, whatever becomes of the call. The turn that the slice has
 * begun with is that of its first call with this key: the others go behind those who wait.
 * @returns the wait for a part. It throws LimitWaitError for a start that is not near, LimitKeyError, StepError,
 * StoreUnavailableError, and the signal's reason
 */
export function limitParts(
  { item, message, contract, signal, sliceEnd }: Slice,
  { clock, log, startRates }: PartDependencies,
): (name: string) => Promise<Caller> {
  let { turn } = item;
  let calls = 0;
  const unlimited: Caller = async (call) => call(signal);

  function limitOf(name: string): { readonly part: PartLimit; readonly limit: Limit | undefined } {
    const { partLimits = {} } = contract ?? {};
    const part = Object.hasOwn(partLimits, name) ? partLimits[name] : undefined;
    if (!contract || !part) throw new StepError(`the contract of this type has no part "${name}"`);
    const limits = limitsOf(contract, [part], { ...message, tenant: item.tenant });
    if (limits instanceof Error) throw new LimitKeyError(limits.message);
    return { part, limit: limits[0] };
  }

  function lineOf(part: PartLimit, { rate }: Limit): PartLine {
    if (part.spacing === 'strict') {
      const newId = () => {
        calls += 1;
        return `${item.id}/${item.fencingToken}/${calls}`;
      };
      const { answerWithinSeconds } = part;
      return strictLine({ rate, answerWithinSeconds, newId, signal }, { startRates, clock, log });
    }
    return {
      take: async () => {
        const isTaken = await takeStarts([rate], signal, { startRates, clock });
        requireWanted(signal);
        return isTaken ? unlimited : undefined;
      },
      join: () => startRates.join(rate, clock.now()),
    };
  }

  /** @returns the time of the turn that it has taken, which is near */
  async function joinNear(line: PartLine, of: string, latest: number): Promise<number> {
    const at = await line.join();
    if (at > latest || sliceEnd.isNear(at - clock.now()))
      throw new LimitWaitError(new Date(at - earlyMs), { of, at });
    return at;
  }

  return async (name) => {
    const { part, limit } = limitOf(name);
    if (!limit) return unlimited;
    const { rate, shownKey: of } = limit;
    const line = lineOf(part, limit);
    const latest = clock.now() + maxWaitMs;
    let hasTurn = turn?.of === of;
    if (hasTurn) turn = undefined;
    for (;;) {
      const mayLook = hasTurn || !startRates.hasLine(rate, clock.now());
      const caller = mayLook ? await line.take() : undefined;
      if (caller) return caller;
      await clock.sleep((await joinNear(line, of, latest)) - clock.now(), signal);
      requireWanted(signal);
      hasTurn = true;
    }
  };
}

/**
 * Makes a call when its part may start. A handler that forgets to await the call gets no error, but the process must
 * not end because of that.
 */
export function callAfter<Result>(start: Promise<Caller>, call: Call<Result>): Promise<Result> {
  const called = start.then((make) => make(call));
  called.catch(() => undefined);
  return called;
}
