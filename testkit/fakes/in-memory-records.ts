import {
  type Asked,
  type Condition,
  type Path,
  questionOf,
  type Test,
} from '../../shared/domain/base/condition.ts';
import type {
  Answer,
  DeletableRecords,
  Fields,
  ManyRecords,
  RecordDelete,
  RecordUpdate,
  Storable,
} from '../../shared/domain/base/records.ts';

/**
 * The table as a map of items. It refuses what DynamoDB refuses. A write replaces an item, and never changes it. It passes
 * the same contract tests as the DynamoDB adapter.
 */
export class InMemoryRecords implements DeletableRecords, ManyRecords {
  readonly items = new Map<string, Fields>();
  /** Runs before each call: to let things happen between two calls, or to refuse one. @param name that of the call */
  before: (name: string, id: string) => void | Promise<void> = () => undefined;

  async read(id: string, name: string): Promise<Fields | undefined> {
    await this.before(name, id);
    return this.items.get(id);
  }

  async readMany(ids: readonly string[], name: string): Promise<readonly Fields[]> {
    for (const id of ids) await this.before(name, id);
    return ids.map((id) => this.items.get(id)).filter((item) => item !== undefined);
  }

  async write(id: string, write: RecordUpdate): Promise<Answer> {
    await this.before(write.name, id);
    return this.#change(id, write, (item) => applied(write, item));
  }

  async delete(id: string, what: RecordDelete): Promise<Answer> {
    await this.before(what.name, id);
    return this.#change(id, what, () => undefined);
  }

  #change(
    id: string,
    { when, returns }: RecordUpdate | RecordDelete,
    change: (item: Fields) => Fields | undefined,
  ): Answer {
    const before = this.items.get(id);
    if (when && !holds(when, before)) return { held: false };
    const changed = change(before ?? {});
    const after = changed && storable({ ...changed, id });
    if (after) this.items.set(id, after);
    else this.items.delete(id);
    const item = returns && { before, after }[returns];
    return item ? { held: true, item } : { held: true };
  }
}

/** What an item is after a write. @throws TypeError if DynamoDB would refuse the write */
function applied(write: RecordUpdate, before: Fields): Fields {
  const { set = {}, once = {}, plus = {}, append = {}, include = {}, exclude = {}, remove = [] } = write;
  const after: Record<string, Value> = { ...before };
  const changed = new Set(['id']);
  const change = (key: string, value: Value) => {
    if (changed.has(key)) throw new TypeError(`${write.name}: ${key} is in two clauses`);
    changed.add(key);
    after[key] = value;
  };
  const each = <T>(
    clause: Readonly<Record<string, T | undefined>>,
    next: (value: T, key: string) => Value,
  ) => {
    for (const key in clause) {
      const value = clause[key];
      if (value !== undefined) change(key, next(value, key));
    }
  };
  const { within } = write;
  if (within === undefined) each(set, (value) => value);
  else change(within, { ...mapOf(before[within]), ...set });
  each(once, (value, key) => before[key] ?? value);
  each(plus, (added, key) => {
    const { by, from } = typeof added === 'number' ? { by: added, from: 0 } : added;
    return Number(before[key] ?? from) + by;
  });
  each(append, (added, key) => [...listOf(before[key]), ...added]);
  each(include, (members, key) => new Set([...membersOf(before[key]), ...filled(members)]));
  each(exclude, (members, key) => {
    const gone = filled(members);
    const left = new Set([...membersOf(before[key])].filter((member) => !gone.has(member)));
    return left.size > 0 ? left : undefined;
  });
  for (const key of remove) change(key, undefined);
  if (changed.size === 1) throw new TypeError(`${write.name}: it changes nothing`);
  return after;
}

type Value = Storable | undefined;
const isList = (value: Value): value is readonly Storable[] => Array.isArray(value);
const isMap = (value: Value): value is Fields =>
  typeof value === 'object' && value !== null && !isList(value) && !(value instanceof Set);

/** DynamoDB refuses an action on a value of another kind. */
function mapOf(value: Value): Fields {
  if (!isMap(value)) throw new TypeError('it is no map');
  return value;
}
function listOf(value: Value = []): readonly Storable[] {
  if (!isList(value)) throw new TypeError('it is no list');
  return value;
}
function membersOf(value: Value = new Set()): Set<string> {
  if (!(value instanceof Set)) throw new TypeError('it is no set');
  return value;
}

function filled(members: Set<string>): Set<string> {
  if (members.size === 0) throw new TypeError('a set is empty');
  return members;
}

const maxItemBytes = 400 * 1024;

/** @returns the item without what is undefined. @throws TypeError, RangeError if DynamoDB would not store it */
function storable(fields: Fields): Fields {
  const item = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  if (bytesOf(item) > maxItemBytes) throw new RangeError('an item has more than 400 KB');
  return item;
}

/** As DynamoDB counts them, nearly. */
function bytesOf(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') {
    if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return 1 + Math.ceil(String(value).length / 2);
    throw new RangeError(`${value} would not be read as it was written`);
  }
  if (value instanceof Set) return sum([...filled(value)].map(bytesOf));
  if (isList(value)) return 3 + sum(value.map((one) => 1 + bytesOf(one)));
  if (!isMap(value)) return 1;
  return 3 + sum(Object.entries(value).map(([key, one]) => 1 + bytesOf(key) + bytesOf(one)));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

function valueAt(item: Fields | undefined, path: Path): Value {
  let value: Value = item;
  for (const name of [path].flat()) value = isMap(value) ? value[name] : undefined;
  return value;
}

/** Whether a condition holds for an item, or for none. */
export const holds = (condition: Condition, item: Fields | undefined): boolean =>
  condition.some((tests) => tests.every((test) => passes(test, item)));

function passes(test: Test, item: Fields | undefined): boolean {
  const [is, than] = questionOf(test);
  const isName = is === 'below' || is === 'notBelow';
  return passing[is](valueAt(item, test.attribute), isName ? item?.[String(than)] : than);
}

type Passes = (value: Value, than: Value) => boolean;
const numbers =
  (compare: (value: number, than: number) => boolean): Passes =>
  (value, than) =>
    typeof value === 'number' && typeof than === 'number' && compare(value, than);
const sizes = (compare: (size: number, than: number) => boolean): Passes => {
  const passes = numbers(compare);
  return (value, than) => value instanceof Set && passes(value.size, than);
};
const absent: Passes = (value) => value === undefined;
const absentOr =
  (other: Passes): Passes =>
  (value, than) =>
    value === undefined || other(value, than);

const atMost = numbers((value, than) => value <= than);
const lessThan = numbers((value, than) => value < than);
const contains: Passes = (value, member) => value instanceof Set && value.has(String(member));

const passing: Readonly<Record<keyof Asked, Passes>> = {
  absent,
  present: (value) => value !== undefined,
  equals: (value, than) => value === than,
  atMost,
  lessThan,
  moreThan: numbers((value, than) => value > than),
  absentOrAtMost: absentOr(atMost),
  absentOrLessThan: absentOr(lessThan),
  absentOrSmallerThan: absentOr(sizes((size, than) => size < than)),
  sizeAtLeast: sizes((size, than) => size >= than),
  contains,
  lacks: (value, member) => !contains(value, member),
  below: lessThan,
  notBelow: numbers((value, than) => value >= than),
};
