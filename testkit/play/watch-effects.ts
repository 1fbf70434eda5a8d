import type { Effect, Effects } from '../effects.ts';
import { inStandIn, type Within } from '../inner-call.ts';
import type { Calls } from '../job-under-test.ts';
import { outsideHandler } from './ambient.ts';
import { type Happening, requestText } from './happening.ts';
import { makeCall } from './watch-calls.ts';

/** Services that stand in for real ones, and what they answered to each key. */
export interface Services {
  readonly effects: Effects;
  readonly answers: Map<string, Promise<unknown>>;
}

/** The effects as the functions that the handler of an attempt gets. */
export const watchEffects = (services: Services, within: Within): Calls =>
  Object.fromEntries(
    Object.entries(services.effects).map(([name, effect]) => [
      name,
      (...all: unknown[]) => makeEffect({ name, effect, all }, { ...within, answers: services.answers }),
    ]),
  );

function makeEffect(
  { name, effect, all }: { readonly name: string; readonly effect: Effect; readonly all: unknown[] },
  within: Within & Pick<Services, 'answers'>,
): Promise<unknown> {
  const { attempt, watching } = within;
  const { hasLooked } = attempt;
  const made = happeningOf(name, effect, all);
  const isFree = effect.frequency === 'anyNumber';
  const lookUp = `${name} ${made.request}`;
  const answerTo = isFree && watching.journal.lookUps.ask(lookUp, attempt.start, watching.answers);
  const signals = signalsIn(all);
  const refused = signals.find(({ aborted }) => aborted);
  const perform = async () => {
    // As `fetch` does: with a signal that was aborted, nothing is sent.
    if (refused) throw refused.reason;
    const value = await outsideHandler(() => inStandIn(within, () => standIn(effect, made, within)));
    return answerTo ? answerTo(value) : value;
  };
  const knowsOfAbort = () => isFree || hasLooked || signals.some(({ aborted }) => aborted);
  const isRefused = () => refused !== undefined;
  const mayComeLate = isFree || isRefused();
  const detail = made.request;
  return makeCall({ what: 'effect', name, mayComeLate, knowsOfAbort, isRefused, detail }, perform, within);
}

function happeningOf(name: string, { frequency, keyOf }: Effect, all: readonly unknown[]): Happening {
  const request = requestText(all);
  // The compiler has checked that the handler's requests fit the effect.
  const key = keyOf?.(...(all as never[]));
  if (key) return { name, frequency, arguments: all, request, key };
  // A request without a key is another one each time, whatever the service takes.
  return { name, frequency: frequency === 'keyed' ? 'once' : frequency, arguments: all, request };
}

/** The signals among the arguments of an effect, or in one of them. */
const signalsIn = (all: readonly unknown[]): readonly AbortSignal[] =>
  all
    .flatMap((one) => [one, ...(typeof one === 'object' && one !== null ? Object.values(one) : [])])
    .filter((one) => one instanceof AbortSignal);

async function standIn(
  { call }: Effect,
  made: Happening,
  { attempt, watching, answers }: Within & Pick<Services, 'answers'>,
): Promise<unknown> {
  const known = `${made.name} ${made.key}`;
  const earlier = made.key === undefined ? undefined : answers.get(known);
  attempt.standInsRunning += 1;
  try {
    const answer = earlier ?? Promise.resolve(call(...(made.arguments as never[])));
    const value = await answer;
    watching.journal.effects.push(made);
    if (made.key !== undefined) answers.set(known, answer);
    return value;
  } finally {
    attempt.standInsRunning -= 1;
  }
}
