import type { JobContract } from '../../shared/author/contract.ts';
import { never } from '../../shared/domain/base/never.ts';
import { isInside } from '../../shared/worker/steps/step-work.ts';
import { callingModules } from '../fresh-modules.ts';
import type { Surroundings } from './ambient.ts';
import type { Attempt } from './attempt.ts';
import { type Call, type Cut, isOutside } from './cut.ts';
import { isOfChild } from './cut-children.ts';
import { type Interrupted, interruptions } from './interruptions.ts';
import type { Journal } from './journal.ts';
import type { Answers } from './look-ups.ts';
import type { VirtualTime } from './virtual-time.ts';
import { WatchedPromise } from './watched-promise.ts';
import { untilNoticedMs } from './worker-process.ts';

/** What calls are numbered, interrupted and judged with. */
export interface Watching {
  readonly journal: Journal;
  readonly cut: Cut | undefined;
  readonly surroundings: Surroundings;
  readonly answers: Answers | undefined;
  readonly time: VirtualTime;
  readonly notesModules: boolean;
  readonly interrupted: (call: Call, attempt: Attempt) => Interrupted;
  /** The type of children with this contract, as the test has it, and its name. */
  readonly childType: (contract: JobContract) => { readonly name: string; readonly contract: JobContract };
}

interface Named extends Omit<Call, 'number'> {
  readonly mayComeLate?: boolean;
  readonly detail?: string;
  /**
   * Whether the service hears that the signal was aborted, or cannot, and the handler has looked at it right before.
   */
  readonly knowsOfAbort?: () => boolean;
  /** Whether a signal that was aborted keeps it from being made. */
  readonly isRefused?: () => boolean;
}

/** Makes a call of a handler: numbers it, interrupts it if it is its turn, and judges when it comes. */
export function makeCall<T>(
  named: Named,
  perform: (call: Call) => Promise<T>,
  { attempt, watching }: { readonly attempt: Attempt; readonly watching: Watching },
): Promise<T> {
  const { what, name, mayComeLate = false, detail = '', knowsOfAbort = () => true } = named;
  if (attempt.process.isDead) return never();
  const { journal } = watching;
  if (watching.notesModules) for (const url of callingModules()) journal.modules.add(url);
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
    if (attempt.signal.aborted && !knowsOfAbort())
      journal.find(
        'signal not passed on',
        `call ${call.number} (${name}) goes on after the signal was aborted`,
      );
  };
  const isRefused = named.isRefused ?? (() => heedsSignal(what) && attempt.signal.aborted);
  const made = { call, perform, noteSignal, isRefused };
  const promise = WatchedPromise.of(interrupted(made, { attempt, watching }));
  attempt.add(call, promise, isInside());
  return promise;
}

/** The context makes no call for a handler that it has told to end. */
const heedsSignal = (what: Call['what']): boolean => !isOutside({ what }) && what !== 'object';

interface Made<T> extends Required<Pick<Named, 'isRefused'>> {
  readonly call: Call;
  readonly perform: (call: Call) => Promise<T>;
  /** Called when the job was interrupted while the call went on. */
  readonly noteSignal: () => void;
}

async function interrupted<T>(
  { call, perform, noteSignal, isRefused }: Made<T>,
  { attempt, watching }: { attempt: Attempt; watching: Watching },
): Promise<T> {
  const { journal, cut, interrupted: at } = watching;
  const sayNotMade = () =>
    journal.say(`${attempt.process.name}  #${call.number} is not made: its signal was aborted`);
  if (attempt.process.isStandingStill) {
    await standStill(call, attempt, watching);
    if (isOutside(call) && attempt.signal.aborted) {
      sayNotMade();
      throw attempt.signal.reason;
    }
  }
  const atCalls = [cut && isOfChild(cut) ? undefined : cut, cut?.next];
  const due = atCalls.find((one) => one?.at === call.number);
  const cutHere = due ? interruptions[due.kind] : {};
  if (due) journal.say(`${attempt.process.name}  <<< ${due.kind}`);
  const interrupt = async (how: (typeof cutHere)['before']): Promise<void> => {
    await inVirtualTime(call, attempt, async () => how?.(at(call, attempt)));
    await attempt.process.alive();
  };
  await interrupt(cutHere.before);
  if (isRefused()) sayNotMade();
  const outcome = await perform(call).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await interrupt(cutHere.after);
  if (cutHere.after) noteSignal();
  if ('value' in outcome) return outcome.value;
  if (!isOutside(call) && attempt.signal.aborted && attempt.countAbort())
    journal.find(
      'swallowed signal',
      `the handler goes on after call ${call.number} (${call.name}) told it to end`,
    );
  throw outcome.error;
}

/**
 * Real work goes on while its process stands still, and the process does not: it makes the call when it goes on. As
 * everywhere, its heartbeat notices first that the lease is lost.
 */
async function standStill(call: Call, attempt: Attempt, { time }: Watching): Promise<void> {
  await inVirtualTime(call, attempt, async () => {
    await attempt.process.alive();
    await time.pause(untilNoticedMs);
  });
}

/** A stand-in that is interrupted in a call of its own is not at work meanwhile. */
async function inVirtualTime(
  { what }: Call,
  attempt: Attempt,
  interrupt: () => Promise<void>,
): Promise<void> {
  if (what !== 'inner') return interrupt();
  attempt.standInsInterrupted += 1;
  try {
    await interrupt();
  } finally {
    attempt.standInsInterrupted -= 1;
  }
}
