import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Asked, type Path, questionOf } from '../../domain/base/condition.ts';
import type { RecordUpdate, Storable } from '../../domain/base/records.ts';
import { toAttribute } from './attribute-value.ts';

const tests: Readonly<Record<keyof Asked, string>> = {
  absent: 'attribute_not_exists(#)',
  present: 'attribute_exists(#)',
  equals: '# = ?',
  atMost: '# <= ?',
  lessThan: '# < ?',
  moreThan: '# > ?',
  absentOrAtMost: '(attribute_not_exists(#) OR # <= ?)',
  absentOrLessThan: '(attribute_not_exists(#) OR # < ?)',
  absentOrSmallerThan: '(attribute_not_exists(#) OR size(#) < ?)',
  sizeAtLeast: 'size(#) >= ?',
  contains: 'contains(#, ?)',
  lacks: 'NOT contains(#, ?)',
  below: '# < @',
  notBelow: '# >= @',
};

/**
 * A clause with its action, or a test: `#` is the attribute, each `?` a value, and `@` another attribute. Each alternative of
 * a condition begins with a part that says nothing.
 */
type Part = readonly [template: string, attribute: Path, ...values: Storable[]];

type Given<T> = Readonly<Record<string, T | undefined>> | undefined;

function partsOf(write: RecordUpdate): readonly Part[] {
  const { set, within, once, append, plus, include, exclude, remove = [], when = [] } = write;
  const parts: Part[] = [];
  const each = <T>(given: Given<T>, partOf: (name: string, value: T) => Part) => {
    for (const name in given) {
      const value = given[name];
      if (value !== undefined) parts.push(partOf(name, value));
    }
  };
  each(set, (name, value) => ['SET # = ?', within === undefined ? name : [within, name], value]);
  each(once, (name, value) => ['SET # = if_not_exists(#, ?)', name, value]);
  each(append, (name, added) => ['SET # = list_append(if_not_exists(#, ?), ?)', name, [], added]);
  each(plus, (name, added) =>
    typeof added === 'number'
      ? ['ADD # ?', name, added]
      : ['SET # = if_not_exists(#, ?) + ?', name, added.from, added.by],
  );
  each(include, (name, members) => ['ADD # ?', name, members]);
  each(exclude, (name, members) => ['DELETE # ?', name, members]);
  for (const name of remove) parts.push(['REMOVE #', name]);
  for (const all of when) {
    parts.push(['', '']);
    for (const test of all) {
      const [is, than] = questionOf(test);
      parts.push([tests[is], test.attribute, than]);
    }
  }
  return parts;
}

/** Every name has an alias: some are reserved words of DynamoDB, and some are any text. */
function textsOf(parts: readonly Part[]): Texts {
  const names: string[] = [];
  const aliasOf = (name: string): string => {
    if (!names.includes(name)) names.push(name);
    return `#${names.indexOf(name)}`;
  };
  const updates: Record<string, string> = {};
  const alternatives: string[][] = [];
  let count = 0;
  for (const [template, attribute, other] of parts) {
    const text = template.replace(/[#@?]/g, (sign) => {
      if (sign === '?') return `:${count++}`;
      return sign === '@' ? aliasOf(String(other)) : [attribute].flat().map(aliasOf).join('.');
    });
    const [action = ''] = text.split(' ', 1);
    if (!text) alternatives.push([]);
    else if (alternatives.length > 0) alternatives.at(-1)?.push(text);
    else updates[action] = action in updates ? `${updates[action]},${text.slice(action.length)}` : text;
  }
  return {
    UpdateExpression: Object.values(updates).join(' ') || undefined,
    // Without parentheses: AND binds closer than OR.
    ConditionExpression: alternatives.map((all) => all.join(' AND ')).join(' OR ') || undefined,
    ExpressionAttributeNames:
      names.length > 0 ? Object.fromEntries(names.map((name, index) => [`#${index}`, name])) : undefined,
  };
}

interface Texts {
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
}

/** By the shape of a write: a kind has a handful, and the texts of one are put together once. Names of tenants are in some. */
const known = new Map<string, Texts>();
const maxKnown = 1_000;

/** Its length stands before a name: no name can look like two, or like a clause. */
const shapeOf = (path: Path): string =>
  typeof path === 'string' ? `${path.length} ${path}` : path.map((name) => `.${shapeOf(name)}`).join('');

/** The expressions of a call that makes this write on its condition. */
export function expressionsOf(
  write: RecordUpdate,
): Texts & { readonly ExpressionAttributeValues?: Record<string, AttributeValue> } {
  const parts = partsOf(write);
  const values: Record<string, AttributeValue> = {};
  let [shape, count] = ['', 0];
  for (const part of parts) {
    const [template, attribute, value] = part;
    shape += template + shapeOf(attribute);
    if (template.includes('@')) shape += shapeOf(String(value));
    if (!template.includes('?')) continue;
    for (let next = 2; next < part.length; next += 1) values[`:${count++}`] = toAttribute(part[next] ?? null);
  }
  let texts = known.get(shape);
  if (!texts) {
    texts = textsOf(parts);
    if (known.size === maxKnown) known.clear();
    known.set(shape, texts);
  }
  return count > 0 ? { ...texts, ExpressionAttributeValues: values } : texts;
}
