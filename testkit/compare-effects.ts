import type { Frequency } from './effects.ts';
import type { Finding, FindingKind } from './findings.ts';
import type { Happening } from './play/happening.ts';
import type { Journal } from './play/journal.ts';

/** How often each request was made, of one effect. A keyed effect's are told apart by their keys. */
interface Counted {
  readonly name: string;
  readonly frequency: Frequency;
  readonly identity: string;
  readonly times: number;
  /** Without what may differ from run to run. */
  readonly requests: ReadonlySet<string>;
  /** As they were made. */
  readonly texts: ReadonlySet<string>;
}

/** What the findings are called. */
interface Kinds {
  readonly foreign: (made: Counted) => FindingKind;
  readonly changed: FindingKind;
  readonly missing: FindingKind;
}

const ofEffects: Kinds = {
  foreign: ({ frequency }) => (frequency === 'keyed' ? 'effect not idempotent' : 'unexpected effect'),
  changed: 'effect not idempotent',
  missing: 'effect missing',
};
const ofChildren: Kinds = {
  foreign: () => 'other children',
  changed: 'payload of a child changes',
  missing: 'children missing',
};

/**
 * What is wrong with the effects of a run, compared with the undisturbed one.
 * @param isPartial the job was canceled, or has failed by an error of its own: what it has not done is no fault
 */
export function differencesOfEffects(
  journal: Journal,
  expected: Journal,
  isPartial: boolean,
): readonly Finding[] {
  const made = countEffects(journal, journal.effects);
  return differencesOf({ made, due: countEffects(expected, expected.effects), kinds: ofEffects, isPartial });
}

/** The same of the children that it has asked for: a child is an effect whose key is its place in a batch. */
export function differencesOfChildren(
  journal: Journal,
  expected: Journal,
  isPartial: boolean,
): readonly Finding[] {
  const made = countEffects(journal, journal.spawned.happenings);
  const due = countEffects(expected, expected.spawned.happenings);
  return differencesOf({ made, due, kinds: ofChildren, isPartial }).filter(
    ({ kind }) => !journal.findings.some((known) => known.kind === kind),
  );
}

interface Compared {
  readonly made: ReadonlyMap<string, Counted>;
  readonly due: ReadonlyMap<string, Counted>;
  readonly kinds: Kinds;
  readonly isPartial: boolean;
}

function differencesOf({ made, due, kinds, isPartial }: Compared): readonly Finding[] {
  const faults = [...made].flatMap(([identity, one]) => excessOf(one, due.get(identity), kinds) ?? []);
  if (isPartial || faults.length > 0) return faults;
  // A request that differs from its undisturbed one has been reported: it is not missing as well.
  return [...due].flatMap(([identity, one]) => lackOf(one, made.get(identity), kinds) ?? []);
}

/** Of children: other ones in each run, see `resultNameOf`. */
const outputNames = /results\/[\w-]{22}\/[\da-f-]{36}\/\d+\/\d+/g;

/**
 * A time or a UUID of the context is another one in each run, and may be in a request: a run is compared by which of
 * them it is, in the order in which they appear.
 */
function placeholders({ uuids, times }: Journal) {
  const seen: string[] = [];
  const indexOf = (value: string): number => {
    if (!seen.includes(value)) seen.push(value);
    return seen.indexOf(value);
  };
  const replaced = (text: string, values: Iterable<string>, place: (value: string) => string): string =>
    [...values].reduce(
      (rest, value) => (rest.includes(value) ? rest.replaceAll(value, place(value)) : rest),
      text,
    );
  const texts = [...times].flatMap((time) => [String(time), new Date(time).toISOString()]);
  const withoutUuids = (text: string) =>
    replaced(text.replaceAll(outputNames, '<output of a job>'), uuids, (uuid) => `<uuid ${indexOf(uuid)}>`);
  return {
    /** Two times are two keys. */
    ofKey: (key: string) => replaced(withoutUuids(key), texts, (time) => `<time ${indexOf(time)}>`),
    ofRequest: (request: string) => replaced(withoutUuids(request), texts, () => '<time>'),
  };
}

function countEffects(journal: Journal, happenings: readonly Happening[]): ReadonlyMap<string, Counted> {
  const { ofKey, ofRequest } = placeholders(journal);
  const counted = new Map<string, Counted>();
  const add = ({ name, frequency, key, request: text }: Happening): void => {
    const request = ofRequest(text);
    const identity = key === undefined ? request : `key ${ofKey(key)}`;
    const known = counted.get(`${name} ${identity}`);
    const times = (known?.times ?? 0) + 1;
    const requests = new Set([...(known?.requests ?? []), request]);
    const texts = new Set([...(known?.texts ?? []), text]);
    counted.set(`${name} ${identity}`, { name, frequency, identity, times, requests, texts });
  };
  happenings.filter(({ frequency }) => frequency !== 'anyNumber').forEach(add);
  return counted;
}

/** What happened too often, or should not have happened. */
function excessOf(made: Counted, due: Counted | undefined, kinds: Kinds): Finding | undefined {
  const { name, identity, times } = made;
  const isKeyed = made.frequency === 'keyed';
  const what = `${name} ${identity}`;
  if (!due) return { kind: kinds.foreign(made), detail: `${what}: the undisturbed run has no such request` };
  if (isKeyed && made.texts.size > 1) return changed(kinds, what, [...made.texts]);
  const requests = [...new Set([...made.requests, ...due.requests])];
  if (isKeyed && requests.length > 1) return changed(kinds, what, requests);
  if (made.frequency === 'once' && times > due.times)
    return {
      kind: 'effect repeated',
      detail: `${what} happened ${times} times; undisturbed: ${due.times}`,
    };
  return undefined;
}

const changed = (kinds: Kinds, what: string, requests: readonly string[]): Finding => ({
  kind: kinds.changed,
  detail: `${what} with different requests, counting that of the undisturbed run: ${requests.join(' and ')}`,
});

function lackOf(
  { name, frequency, identity, times }: Counted,
  made: Counted | undefined,
  { missing: kind }: Kinds,
): Finding | undefined {
  const madeTimes = made?.times ?? 0;
  // The service answers a repeated key itself.
  if (madeTimes >= (frequency === 'keyed' ? 1 : times)) return undefined;
  const detail = `${name} ${identity} happened ${madeTimes} times; undisturbed: ${times}`;
  return { kind, detail };
}
