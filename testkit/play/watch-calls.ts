import type { Effect, Effects } from '../effects.ts';
import type { Calls } from '../job-under-test.ts';
import { outsideHandler } from './ambient.ts';
import type { Attempt } from './attempt.ts';
import type { Call, Cut } from './cut.ts';
import { type Interrupted, interruptions } from './interruptions.ts';
import { type Happening, type Journal, requestText } from './journal.ts';
import { WatchedPromise } from './watched-promise.ts';

/** What calls are numbered, interrupted and judged with. */
export interface Watching {
  readonly journal: Journal;
  readonly cut: Cut | undefined;
  readonly interrupted: (call: Call, attempt: Attempt) => Interrupted;
}

type Named = Omit<Call, 'number'>;

const never = new Promise<never>(() => {});

/** Makes a call of a handler: numbers it, interrupts it if it is its turn, and judges when it comes. */
export function makeCall<T>(
  named: Named & { readonly mayComeLate?: boolean; readonly detail?: string },
  perform: () => Promise<T>,
  { attempt, watching }: { readonly attempt: Attempt; readonly watching: Watching },
): Promise<T> {
  const { what, name, mayComeLate = false, detail = '' } = named;
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
  const promise = WatchedPromise.of(interrupted(call, perform, { attempt, watching }));
  attempt.add(call, promise);
  return promise;
}

async function interrupted<T>(
  call: Call,
  perform: () => Promise<T>,
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
        const refused = abortedIn(all);
        const request = requestText(all);
        // The compiler has checked that the handler's requests fit the effect.
        const key = keyOf?.(...(all as never[]));
        const made = { name, frequency, arguments: all, request, ...(key === undefined ? {} : { key }) };
        // As `fetch` does: with a signal that was aborted, nothing is sent.
        const perform = () =>
          refused
            ? Promise.reject(refused.reason)
            : outsideHandler(() => standIn(effect, made, { ...within, answers }));
        const mayComeLate = refused !== undefined || frequency === 'anyNumber';
        return makeCall({ what: 'effect', name, mayComeLate, detail: request }, perform, within);
      },
    ]),
  );

/** A signal among the arguments of an effect, or in one of them, that was aborted. */
const abortedIn = (all: readonly unknown[]): AbortSignal | undefined =>
  all
    .flatMap((one) => [one, ...(typeof one === 'object' && one !== null ? Object.values(one) : [])])
    .find((one): one is AbortSignal => one instanceof AbortSignal && one.aborted);

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
    return value;
  } finally {
    attempt.standInsRunning -= 1;
  }
}
