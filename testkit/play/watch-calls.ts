import type { Effect, Effects } from '../effects.ts';
import type { Calls } from '../job-under-test.ts';
import { outsideHandler, type Surroundings } from './ambient.ts';
import type { Attempt } from './attempt.ts';
import type { Call, Cut } from './cut.ts';
import { type Interrupted, interruptions } from './interruptions.ts';
import { type Answers, type Happening, type Journal, requestText } from './journal.ts';
import { WatchedPromise } from './watched-promise.ts';

/** What calls are numbered, interrupted and judged with. */
export interface Watching {
  readonly journal: Journal;
  readonly cut: Cut | undefined;
  readonly surroundings: Surroundings;
  readonly answers: Answers | undefined;
  readonly interrupted: (call: Call, attempt: Attempt) => Interrupted;
}

interface Named extends Omit<Call, 'number'> {
  readonly mayComeLate?: boolean;
  readonly detail?: string;
  /** Whether the service hears that the signal was aborted, or cannot, and the handler has looked at it right before. */
  readonly isTold?: () => boolean;
}

const never = new Promise<never>(() => {});

/** Makes a call of a handler: numbers it, interrupts it if it is its turn, and judges when it comes. */
export function makeCall<T>(
  named: Named,
  perform: () => Promise<T>,
  { attempt, watching }: { readonly attempt: Attempt; readonly watching: Watching },
): Promise<T> {
  const { what, name, mayComeLate = false, detail = '', isTold = () => true } = named;
  if (attempt.process.isDead) return never;
  const { journal } = watching;
  const call = journal.count({ what, name, ...(attempt.isCancel ? { inCancel: true } : {}) });
  journal.say(`${attempt.process.name}  #${call.number} ${name} ${detail}`.trimEnd());
  if (attempt.hasEnded)
    journal.find('work after the end', `call ${call.number} (${name}) comes after the handler has ended`);
  else if (what === 'effect' && attempt.signal.aborted && !mayComeLate)
    journal.find(
      'work after the signal',
      `call ${call.number} (${name}) begins after the signal was aborted`,
    );
  const noteSignal = () => {
    if (attempt.signal.aborted && !isTold())
      journal.find(
        'signal not passed on',
        `call ${call.number} (${name}) goes on after the signal was aborted`,
      );
  };
  const promise = WatchedPromise.of(interrupted({ call, perform, noteSignal }, { attempt, watching }));
  attempt.add(call, promise);
  return promise;
}

interface Made<T> {
  readonly call: Call;
  readonly perform: () => Promise<T>;
  /** Called when the job was interrupted while the call went on. */
  readonly noteSignal: () => void;
}

async function interrupted<T>(
  { call, perform, noteSignal }: Made<T>,
  { attempt, watching: { journal, cut, interrupted: at } }: { attempt: Attempt; watching: Watching },
): Promise<T> {
  const due = [cut, cut?.next].find((one) => one?.at === call.number);
  const cutHere = due ? interruptions[due.kind] : {};
  if (due) journal.say(`${attempt.process.name}  <<< ${due.kind}`);
  await cutHere.before?.(at(call, attempt));
  await attempt.process.alive();
  const outcome = await perform().then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await cutHere.after?.(at(call, attempt));
  await attempt.process.alive();
  if (cutHere.after) noteSignal();
  if ('value' in outcome) return outcome.value;
  if (call.what !== 'effect' && attempt.signal.aborted && attempt.tell())
    journal.find(
      'swallowed signal',
      `the handler goes on after call ${call.number} (${call.name}) told it to end`,
    );
  throw outcome.error;
}

/** Services that stand in for real ones, and what they answered to each key. */
export interface Services {
  readonly effects: Effects;
  readonly answers: Map<string, Promise<unknown>>;
}

/** The effects as the functions that the handler of an attempt gets. */
export const watchEffects = (
  { effects, answers }: Services,
  within: { readonly attempt: Attempt; readonly watching: Watching },
): Calls =>
  Object.fromEntries(
    Object.entries(effects).map(([name, effect]) => [
      name,
      (...all: unknown[]) => {
        const { frequency, keyOf } = effect;
        const { hasLooked } = within.attempt;
        const signals = signalsIn(all);
        const refused = signals.find(({ aborted }) => aborted);
        const request = requestText(all);
        // The compiler has checked that the handler's requests fit the effect.
        const key = keyOf?.(...(all as never[]));
        const made = { name, frequency, arguments: all, request, ...(key === undefined ? {} : { key }) };
        // As `fetch` does: with a signal that was aborted, nothing is sent.
        const perform = () =>
          refused
            ? Promise.reject(refused.reason)
            : outsideHandler(() => standIn(effect, made, { ...within, answers }));
        const isFree = frequency === 'anyNumber';
        const isTold = () => isFree || hasLooked || signals.some(({ aborted }) => aborted);
        const mayComeLate = isFree || refused !== undefined;
        return makeCall({ what: 'effect', name, mayComeLate, isTold, detail: request }, perform, within);
      },
    ]),
  );

/** The signals among the arguments of an effect, or in one of them. */
const signalsIn = (all: readonly unknown[]): readonly AbortSignal[] =>
  all
    .flatMap((one) => [one, ...(typeof one === 'object' && one !== null ? Object.values(one) : [])])
    .filter((one) => one instanceof AbortSignal);

async function standIn(
  { call }: Effect,
  made: Happening,
  { attempt, watching, answers }: { attempt: Attempt; watching: Watching; answers: Services['answers'] },
): Promise<unknown> {
  const known = `${made.name} ${made.key}`;
  const earlier = made.key === undefined ? undefined : answers.get(known);
  attempt.standInsRunning += 1;
  try {
    const answer = earlier ?? Promise.resolve(call(...(made.arguments as never[])));
    const value = await answer;
    watching.journal.effects.push(made);
    if (made.key !== undefined) answers.set(known, answer);
    return made.frequency === 'anyNumber' ? watching.journal.answer(made, value, watching.answers) : value;
  } finally {
    attempt.standInsRunning -= 1;
  }
}
