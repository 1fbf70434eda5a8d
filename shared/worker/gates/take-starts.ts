import type { Clock } from '../../domain/base/ports.ts';
import type { Start, StartRate, StartRates } from '../../domain/state/limits/start-rate.ts';

/** A start is not used so late: also not that of one rate, if that of another comes so much later. */
export const lateMs = 1_000;
/**
 * A start that is used late is not exact, so a worker that stood still after it had taken one takes another. It gets
 * more room in each round: one that is always late must not try for ever.
 */
const stoodStillMs = [100, 200, 400, 1_000];

interface Held {
  readonly rate: StartRate;
  readonly start: Start;
}

interface StartDependencies {
  readonly startRates: StartRates;
  readonly clock: Clock;
}

/**
 * Takes a start of each rate, and waits for the last of them. Two starts cannot be taken together. So the starts for
 * which others wait are taken first, and the others when the first have come: those are free at any time. If a start is
 * not near, those that are taken are given back.
 * @param rates in the same order for all types, so that no two jobs take each other's starts
 * @returns false if there is no start of one of them that is near; true, too, if the signal ends the wait
 * @throws StoreUnavailableError
 */
export async function takeStarts(
  rates: readonly StartRate[],
  signal: AbortSignal | undefined,
  { startRates, clock }: StartDependencies,
): Promise<boolean> {
  let held: readonly Held[] = [];
  const keep = async (isKept: (start: Start) => boolean): Promise<void> => {
    const lost = held.filter(({ start }) => !isKept(start));
    held = held.filter(({ start }) => isKept(start));
    for (const { rate, start } of lost) await startRates.giveBack(rate, start);
  };
  for (const allowedMs of stoodStillMs) {
    const missing = rates.filter((rate) => held.every((each) => each.rate !== rate));
    const wanted = missing.filter((rate) => startRates.nextStart(rate, clock.now()) > clock.now());
    for (const rate of wanted.length > 0 ? wanted : missing) {
      const start = await startRates.take(rate, clock.now());
      if (!start) {
        await keep(() => false);
        return false;
      }
      held = [...held, { rate, start }];
    }
    const startAt = Math.max(...held.map(({ start }) => start.at));
    await keep(({ at }) => startAt < at + lateMs);
    await clock.sleep(Math.max(0, startAt - clock.now()), signal);
    if (signal?.aborted) return true;
    const now = clock.now();
    await keep(({ at }) => now < startAt + allowedMs && now < at + lateMs);
    if (held.length === rates.length) return true;
  }
  await keep(() => false);
  return false;
}
