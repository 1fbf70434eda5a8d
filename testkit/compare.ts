import { isDeepStrictEqual } from 'node:util';
import type { JobItem } from '../shared/job/item.ts';
import { readJson } from '../shared/job/read-json.ts';
import { isWaiting } from '../shared/job/transitions.ts';
import type { Frequency } from './effects.ts';
import type { Finding } from './findings.ts';
import type { Happening } from './play/journal.ts';
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
  return [
    ...own,
    ...(isCanceled ? [] : differenceOfEnds(play, expected, sameResult)),
    ...differencesOfEffects(play, expected, isCanceled),
  ];
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
    ...(item.result === undefined && error ? { error: `${error.name}: ${error.message}` } : {}),
  };
};

const describeEnd = ({ status, error }: End): string =>
  error === undefined ? status : `${status}, ${error}`;

export const resultOf = ({ item }: Pick<Play, 'item'>): unknown =>
  item?.result === undefined ? undefined : readJson(item.result);

function differenceOfEnds(play: Play, expected: Play, sameResult: SameResult): readonly Finding[] {
  const [end, expectedEnd] = [endOf(play.item), endOf(expected.item)];
  if (!isDeepStrictEqual(end, expectedEnd))
    return [{ kind: 'wrong end', detail: `${describeEnd(end)}; undisturbed: ${describeEnd(expectedEnd)}` }];
  const [result, expectedResult] = [resultOf(play), resultOf(expected)];
  if (sameResult(result, expectedResult)) return [];
  return [{ kind: 'wrong result', detail: `${short(result)}; undisturbed: ${short(expectedResult)}` }];
}

const short = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'none';
  return text.length <= 120 ? text : `${text.slice(0, 117)}...`;
};

/** How often each request was made, of one effect. A keyed effect's are told apart by their keys. */
interface Counted {
  readonly name: string;
  readonly frequency: Frequency;
  readonly identity: string;
  readonly times: number;
  readonly requests: ReadonlySet<string>;
}

function countEffects(effects: readonly Happening[]): ReadonlyMap<string, Counted> {
  const counted = new Map<string, Counted>();
  for (const { name, frequency, key, request } of effects) {
    if (frequency === 'anyNumber') continue;
    const identity = key === undefined ? request : `key ${key}`;
    const known = counted.get(`${name} ${identity}`);
    counted.set(`${name} ${identity}`, {
      name,
      frequency,
      identity,
      times: (known?.times ?? 0) + 1,
      requests: new Set([...(known?.requests ?? []), request]),
    });
  }
  return counted;
}

function differencesOfEffects(play: Play, expected: Play, isCanceled: boolean): readonly Finding[] {
  const made = countEffects(play.journal.effects);
  const due = countEffects(expected.journal.effects);
  const faults = [...made].flatMap(([identity, one]) => excessOf(one, due.get(identity)) ?? []);
  if (isCanceled || faults.length > 0) return faults;
  // A request that differs from its undisturbed one has been reported: it is not missing as well.
  return [...due].flatMap(([identity, one]) => lackOf(one, made.get(identity)) ?? []);
}

/** What happened too often, or should not have happened. */
function excessOf(made: Counted, due: Counted | undefined): Finding | undefined {
  const { name, identity, times } = made;
  const isKeyed = made.frequency === 'keyed';
  const what = `${name} ${identity}`;
  if (!due) {
    const kind = isKeyed ? 'effect not idempotent' : 'unexpected effect';
    return { kind, detail: `${what}: the undisturbed run has no such request` };
  }
  const requests = [...new Set([...made.requests, ...due.requests])];
  if (isKeyed && requests.length > 1)
    return {
      kind: 'effect not idempotent',
      detail: `${what} with different requests: ${requests.join(' and ')}`,
    };
  if (made.frequency === 'once' && times > due.times)
    return {
      kind: 'effect repeated',
      detail: `${what} happened ${times} times; undisturbed: ${due.times}`,
    };
  return undefined;
}

function lackOf(
  { name, frequency, identity, times }: Counted,
  made: Counted | undefined,
): Finding | undefined {
  const madeTimes = made?.times ?? 0;
  // The service answers a repeated key itself.
  if (madeTimes >= (frequency === 'keyed' ? 1 : times)) return undefined;
  const detail = `${name} ${identity} happened ${madeTimes} times; undisturbed: ${times}`;
  return { kind: 'effect missing', detail };
}
