import { isDeepStrictEqual } from 'node:util';
import type { JobItem } from '../shared/domain/state/job/item.ts';
import { hasSucceeded, isWaiting } from '../shared/domain/state/job/transitions.ts';
import { differencesOfChildren, differencesOfEffects } from './compare-effects.ts';
import type { Finding } from './findings.ts';
import type { Play } from './play/play.ts';

/** Whether two results are the same for who asked for the job. */
export type SameResult = (one: unknown, other: unknown) => boolean;

interface Comparison {
  /** The undisturbed run. */
  readonly expected: Play;
  readonly sameResult?: SameResult | undefined;
  /** The job may also end canceled, with only a part of its effects. */
  readonly mayBeCanceled?: boolean;
}

/** What is wrong with a run, by itself and compared with the undisturbed run. */
export function findingsOf(play: Play, { expected, ...comparison }: Comparison): readonly Finding[] {
  const { sameResult = isDeepStrictEqual, mayBeCanceled = false } = comparison;
  const own = play.journal.findings;
  // A run that did not come to its end cannot be compared.
  if (own.some(({ kind }) => kind === 'never ends')) return own;
  const isCanceled = mayBeCanceled && endOf(play.item).status === 'canceled';
  const ends = isCanceled ? [] : differenceOfEnds(play, expected, sameResult);
  // What a job has not done that failed by an error of its own, that error explains.
  const isPartial = isCanceled || ends.some(({ kind }) => kind === 'wrong end');
  return [
    ...own,
    ...ends,
    ...differencesOfEffects(play.journal, expected.journal, isPartial),
    ...differencesOfChildren(play.journal, expected.journal, isPartial),
    ...faultOutside(play),
  ];
}

function faultOutside(play: Play): readonly Finding[] {
  const detail = play.faultOutside;
  return detail === undefined ? [] : [{ kind: 'wrong outside', detail }];
}

interface End {
  readonly status: string;
  readonly error?: string;
}

const endOf = (item: JobItem | undefined): End => {
  if (!item || isWaiting(item.status)) return { status: 'unknown' };
  const { status, error } = item;
  return {
    status,
    ...(!hasSucceeded(status) && error ? { error: `${error.name}: ${error.message}` } : {}),
  };
};

const describeEnd = ({ status, error }: End): string =>
  error === undefined ? status : `${status}, ${error}`;

function differenceOfEnds(play: Play, expected: Play, sameResult: SameResult): readonly Finding[] {
  const [end, expectedEnd] = [endOf(play.item), endOf(expected.item)];
  if (!isDeepStrictEqual(end, expectedEnd))
    return [{ kind: 'wrong end', detail: `${describeEnd(end)}; undisturbed: ${describeEnd(expectedEnd)}` }];
  const [result, expectedResult] = [play.result, expected.result];
  if (!sameResult(result, expectedResult))
    return [{ kind: 'wrong result', detail: `${short(result)}; undisturbed: ${short(expectedResult)}` }];
  const detail = differenceOfOutputs(play.output, expected.output);
  return detail === undefined ? [] : [{ kind: 'wrong output', detail }];
}

function differenceOfOutputs(output: Buffer | undefined, expected: Buffer | undefined): string | undefined {
  if (output === undefined || expected === undefined)
    return output === expected
      ? undefined
      : `${output?.length ?? 'no'} bytes; undisturbed: ${expected?.length ?? 'none'}`;
  if (output.equals(expected)) return undefined;
  const at = output.findIndex((byte, place) => byte !== expected[place]);
  const from = at === -1 ? output.length : at;
  const there = (bytes: Buffer) => short(bytes.subarray(Math.max(0, from - 20), from + 60).toString('utf8'));
  return `from byte ${from} on, at ${there(output)}; undisturbed: ${there(expected)}`;
}

const short = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'none';
  return text.length <= 120 ? text : `${text.slice(0, 117)}...`;
};
