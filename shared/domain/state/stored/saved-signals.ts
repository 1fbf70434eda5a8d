import * as z from 'zod/mini';
import { readJson } from '../../base/read-json.ts';
import { type StoredRun, stateNameOf } from '../../objects/stored-object.ts';
import type { JobItem } from '../job/item.ts';
import { isQueued, isWaiting } from '../job/transitions.ts';

/**
 * A wait for an answer: the signal, the key that the answer is sent under, and what the job asks in its own words. An
 * answer has the question from its wait: people read what was asked.
 */
const wait = { name: z.string(), key: z.string(), question: z.optional(z.string()) };

const answer = z.object({
  ...wait,
  /** Epoch milliseconds. */
  at: z.int(),
  by: z.string(),
  /** Tells apart two bodies that were sent under one key. */
  fingerprint: z.string(),
  /** As JSON has it. Where the item has no room for it, the object has it: what makes its name unique. */
  value: z.optional(z.unknown()),
  object: z.optional(z.string()),
  /** What people read of the answer, in one line. Absent where the item has no room for the line. */
  words: z.optional(z.string()),
  /** It came before its wait, and no wait that was stored since has taken it. */
  isEarly: z.optional(z.literal(true)),
});
export type Answer = z.infer<typeof answer>;

/**
 * A wait that has ended without an answer, in a run. A retry by the user forgets it. `by`: what came first, if not the
 * time.
 */
const closed = z.object({ ...wait, run: z.int(), by: z.optional(z.literal('children')) });
/** What closes a wait. */
export type ClosedBy = 'time' | 'children';

/** A wait that is open. `until`: when it is closed, epoch milliseconds. */
const openWait = z.object({ ...wait, until: z.int() });
export type OpenWait = z.infer<typeof openWait>;
/** Of a question, in characters as JavaScript counts them. */
export const maxQuestion = 300;

const savedSignals = z.object({
  answers: z.array(answer),
  closed: z.array(closed),
  /** What the job waits for. Outdated as soon as its `notBefore` is not `until`. */
  open: z.optional(z.object({ until: z.int(), waits: z.array(openWait) })),
});
export type SavedSignals = z.infer<typeof savedSignals>;
export type Wait = Pick<OpenWait, 'name' | 'key'>;

/** What a wait has come to, once and for all. */
export type Decision =
  | { readonly by: 'signal'; readonly answer: Answer }
  /** It was closed. */
  | { readonly by: ClosedBy };

const none: SavedSignals = { answers: [], closed: [] };

/** Reads what an item has of its signals. */
export const readSavedSignals = (text: string | undefined): SavedSignals =>
  text === undefined ? none : savedSignals.parse(readJson(text));

const isOf =
  ({ name, key }: Wait) =>
  (other: Wait): boolean =>
    other.name === name && other.key === key;

export function decisionOf(
  { answers, closed: all }: SavedSignals,
  of: Wait,
  run: number,
): Decision | undefined {
  const found = answers.find(isOf(of));
  if (found) return { by: 'signal', answer: found };
  const ended = all.find((one) => one.run === run && isOf(of)(one));
  return ended && { by: ended.by ?? 'time' };
}

/** What the job asks, or has asked. */
export function questionOf(
  { open, answers, closed: all }: SavedSignals,
  of: Wait,
  run: number,
): string | undefined {
  const ended = all.filter((one) => one.run === run);
  return [...answers, ...(open?.waits ?? []), ...ended].find(isOf(of))?.question;
}

/** With one more answer. @param openUntil the job's new `notBefore`, if the answer is what it waits for */
export function withAnswer(saved: SavedSignals, added: Answer, openUntil: number | undefined): string {
  const { open } = saved;
  const asked = open?.waits.find(isOf(added))?.question;
  const answers = [...saved.answers, { ...added, ...(asked === undefined ? {} : { question: asked }) }];
  return JSON.stringify({
    ...saved,
    answers,
    ...(open && openUntil !== undefined ? { open: { ...open, until: openUntil } } : {}),
  });
}

interface Closed extends Wait {
  readonly question?: string | undefined;
  readonly run: number;
  readonly by: ClosedBy;
}

export const withClosed = ({ open: _, ...saved }: SavedSignals, { by, ...ended }: Closed): string =>
  JSON.stringify({
    ...saved,
    closed: [
      ...saved.closed.filter((one) => one.run === ended.run),
      { ...ended, ...(by === 'time' ? {} : { by }) },
    ],
  });

interface Waiting {
  readonly waits: readonly OpenWait[];
  /** Those that were asked for before the job began to wait: their answers are early no more. */
  readonly taken: readonly Wait[];
  /** The job's `notBefore`. */
  readonly until: number;
}

export const withOpen = ({ answers, ...saved }: SavedSignals, { waits, taken, until }: Waiting): string =>
  JSON.stringify({
    ...saved,
    answers: answers.map(({ isEarly, ...one }) =>
      isEarly && !taken.some(isOf(one)) ? { ...one, isEarly } : one,
    ),
    open: { until, waits },
  });

type Held = Pick<JobItem, 'status' | 'notBefore' | 'signals'>;

/** What the job waits for. Not what a job waits for that runs, or that backs off: it asks again when it is started. */
export function openWaitsOf({ status, notBefore, signals }: Held): readonly OpenWait[] {
  if (!(isWaiting(status) || isQueued(status))) return [];
  const { open } = readSavedSignals(signals);
  return open !== undefined && open.until === notBefore ? open.waits : [];
}

export const isOpen = (item: Held, of: Wait): boolean => openWaitsOf(item).some(isOf(of));

/** Whether somebody has sent what the job waits for, and no worker has taken it yet. */
export function isAnswered(item: Held): boolean {
  const waits = openWaitsOf(item);
  return waits.length > 0 && readSavedSignals(item.signals).answers.some((one) => waits.some(isOf(one)));
}

/** What the job waits for, and what nobody has sent yet. */
export function unansweredOf(item: Held): readonly OpenWait[] {
  const waits = openWaitsOf(item);
  const { answers } = waits.length > 0 ? readSavedSignals(item.signals) : none;
  return waits.filter((wait) => !answers.some(isOf(wait)));
}

/** The names of the objects that answers are in. */
export const answerObjectsOf = (
  owner: Pick<StoredRun, 'tenant' | 'id'>,
  signals: string | undefined,
): readonly string[] =>
  readSavedSignals(signals).answers.flatMap(({ object }) =>
    object === undefined ? [] : [stateNameOf(owner, object)],
  );
