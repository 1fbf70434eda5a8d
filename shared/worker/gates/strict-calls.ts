import { asError, causeOf, LimitWaitError, RetryAfterError } from '../../domain/base/errors.ts';
import type { Clock, Log } from '../../domain/base/ports.ts';
import { withinTime } from '../../domain/base/within-time.ts';
import {
  maxAheadMs,
  type StartRate,
  type StartRates,
  strictDistanceMs,
} from '../../domain/state/limits/start-rate.ts';
import { askedMs } from '../hold/error-policy.ts';
import { type Caller, type PartLine, requireWanted } from './part-line.ts';

const defaultAnswerSeconds = 30;
/** A call whose begin was answered later than this is not made: its lease would end too soon. */
const lateMs = 5_000;
/** The lease goes on for longer than a call may: clocks differ. */
const marginMs = 10_000;
/**
 * While another call is made, the line is looked at so often: at least twice in a distance, so that all who wait know
 * when it goes on.
 */
const [minLookMs, maxLookMs] = [20, 250];
/** A call that is told to come later stops its line for so long at most: then the next call asks again. */
const maxToldMs = 3_600_000;

interface StrictPart {
  readonly rate: StartRate;
  readonly answerWithinSeconds?: number | undefined;
  /** @returns what no other call has */
  readonly newId: () => string;
  readonly signal: AbortSignal;
}

interface StrictDependencies {
  readonly startRates: StartRates;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * A line in which one call is made at a time, and the next one begins the distance after the answer to the one before.
 * The item of the line says when that is; while a call is made, the item says when the lease of the call ends. So a
 * worker that dies between call and answer stops the line for the lease, and for the distance, since the call may have
 * been made. The end of a call names the call: a worker that has lost its lease ends no other one.
 *
 * A receiver that tells a call to come later means all of them, whichever job makes them: the end of that call says so
 * to the line. If it is lost with its worker, nobody else knows, and the next call is told again.
 */
export function strictLine(
  { rate, answerWithinSeconds = defaultAnswerSeconds, newId, signal }: StrictPart,
  { startRates, clock, log }: StrictDependencies,
): PartLine {
  const { key } = rate;
  const distanceMs = strictDistanceMs(rate);
  const answerMs = answerWithinSeconds * 1000;
  const lookMs = Math.min(Math.max(distanceMs / 2, minLookMs), maxLookMs);

  const end = (id: string, begunAt: number, toldMs = 0): Promise<void> => {
    const now = clock.now();
    const ended = { nextAt: now + Math.max(distanceMs, toldMs), tookMs: Math.max(0, now - begunAt) };
    // The call was made, whatever becomes of this. Without it, the line goes on when the lease ends.
    return startRates.endCall(key, id, ended).catch((error: unknown) => {
      log.warn('the end of a strict call was not stored', { error: asError(error) });
    });
  };

  const callerOf =
    (id: string): Caller =>
    async (call) => {
      const controller = new AbortController();
      const stop = () => controller.abort(signal.reason);
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
      const begunAt = clock.now();
      const tooLate = () =>
        new DOMException(`The call had no answer within ${answerWithinSeconds} s.`, 'TimeoutError');
      let isAnswered = true;
      let toldMs: number | undefined;
      try {
        const limit = { milliseconds: answerMs, tooLate, controller };
        return await withinTime(async (own) => call(own), limit, clock);
      } catch (thrown) {
        isAnswered = !controller.signal.aborted && !isGivenUp(thrown);
        toldMs = toldIn(thrown, clock.now());
        throw thrown;
      } finally {
        signal.removeEventListener('abort', stop);
        if (isAnswered) await end(id, begunAt, toldMs);
      }
    };

  const begin = async (): Promise<Caller | undefined> => {
    const now = clock.now();
    const id = newId();
    const heldUntil = now + lateMs + answerMs + marginMs + distanceMs;
    if (!(await startRates.beginCall(key, { id, now, heldUntil }))) return undefined;
    if (!signal.aborted && clock.now() < now + lateMs) return callerOf(id);
    await end(id, clock.now());
    return undefined;
  };

  const nextLook = (): number => {
    const { nextAt, isBusy } = startRates.callLine(key);
    const now = clock.now();
    return Math.max(now + 1, isBusy ? Math.min(nextAt, now + lookMs) : nextAt);
  };

  return {
    async take() {
      const latest = clock.now() + maxAheadMs;
      for (;;) {
        const caller = await begin();
        if (caller) return caller;
        requireWanted(signal);
        const lookAt = nextLook();
        if (lookAt > latest) return undefined;
        await clock.sleep(lookAt - clock.now(), signal);
        requireWanted(signal);
      }
    },
    join() {
      const { nextAt, tookMs, isBusy } = startRates.callLine(key);
      // Turns are as far apart as calls begin: if they came more often, most would be in vain.
      const paced = { ...rate, perSecond: 1000 / (distanceMs + tookMs) };
      return startRates.join(paced, isBusy ? clock.now() : Math.max(clock.now(), nextAt));
    },
  };
}

/** An error, and what has caused it. */
const chainOf = (thrown: unknown): readonly Error[] => {
  const error = asError(thrown);
  const cause = causeOf(error);
  return cause instanceof Error ? [error, cause] : [error];
};

/** A call that its maker has given up may still arrive. */
const isGivenUp = (thrown: unknown): boolean =>
  chainOf(thrown).some(({ name }) => /(Abort|Timeout)Error$/.test(name));

/** For how long a call was told to stay away. A wait for another limit within the call is no answer. */
function toldIn(thrown: unknown, now: number): number | undefined {
  const told = chainOf(thrown).find((error) => error instanceof RetryAfterError);
  if (told === undefined || told instanceof LimitWaitError) return undefined;
  return Math.min(askedMs(told, now), maxToldMs);
}
