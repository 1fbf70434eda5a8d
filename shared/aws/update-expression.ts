import type { AttributeValue, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { Storable } from '../domain/base/records.ts';
import type { Test } from '../domain/state/writes/condition.ts';
import type { JobWrite } from '../domain/state/writes/job-write.ts';
import { toAttribute, toAttributes } from './attribute-value.ts';

type Update = Pick<
  UpdateItemCommandInput,
  | 'Key'
  | 'UpdateExpression'
  | 'ConditionExpression'
  | 'ExpressionAttributeNames'
  | 'ExpressionAttributeValues'
>;

/** Texts that are put together once: the expressions of a claim take 12 µs so, and 15 with new ones each time. */
const aliases = new Map<string, string>();
const placeholders = Array.from({ length: 100 }, (_, index) => `:v${index}`);

/**
 * Collects an expression's names and values, each once. Every name is aliased: some of ours are DynamoDB's reserved
 * words.
 */
class Placeholders {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, AttributeValue> = {};
  readonly #placeholders = new Map<Storable, string>();

  /** @param attribute of items, of which there are less than a hundred */
  name(attribute: string): string {
    let alias = aliases.get(attribute);
    if (alias === undefined) {
      alias = `#${attribute}`;
      aliases.set(attribute, alias);
    }
    this.names[alias] = attribute;
    return alias;
  }

  value(value: Storable): string {
    const known = this.#placeholders.get(value);
    if (known !== undefined) return known;
    const { size } = this.#placeholders;
    const placeholder = placeholders[size] ?? `:v${size}`;
    this.#placeholders.set(value, placeholder);
    this.values[placeholder] = toAttribute(value);
    return placeholder;
  }
}

/** The parts of an `UpdateItem` call that make this write on this condition. */
export function updateOf(write: JobWrite): Update {
  const placeholders = new Placeholders();
  // Without parentheses: AND binds closer than OR.
  const alternatives = write.condition.map((tests) =>
    tests.map((test) => testExpression(test, placeholders)).join(' AND '),
  );
  return {
    Key: toAttributes({ id: write.id }),
    UpdateExpression: updateExpression(write, placeholders),
    ConditionExpression: alternatives.join(' OR '),
    ExpressionAttributeNames: placeholders.names,
    ExpressionAttributeValues: placeholders.values,
  };
}

function updateExpression(write: JobWrite, to: Placeholders): string {
  const increments = Object.entries(write.increment ?? {});
  const sets = [
    ...increments
      .filter(([, from]) => from !== 0)
      .map(
        ([key, from]) =>
          `${to.name(key)} = if_not_exists(${to.name(key)}, ${to.value(from)}) + ${to.value(1)}`,
      ),
    ...Object.entries(write.set).map(([key, value]) => `${to.name(key)} = ${to.value(value)}`),
    ...Object.entries(write.setOnce ?? {}).map(
      ([key, value]) => `${to.name(key)} = if_not_exists(${to.name(key)}, ${to.value(value)})`,
    ),
  ];
  if (write.append?.length) {
    const history = to.name('history');
    sets.push(
      `${history} = list_append(if_not_exists(${history}, ${to.value([])}), ${to.value(write.append)})`,
    );
  }
  const adds = [
    ...increments.filter(([, from]) => from === 0).map(([key]) => `${to.name(key)} ${to.value(1)}`),
    ...Object.entries(write.include ?? {}).map(
      ([key, member]) => `${to.name(key)} ${to.value(new Set([member]))}`,
    ),
  ];
  const removes = (write.remove ?? []).map((key) => to.name(key));
  return [
    ...(sets.length ? [`SET ${sets.join(', ')}`] : []),
    ...(adds.length ? [`ADD ${adds.join(', ')}`] : []),
    ...(removes.length ? [`REMOVE ${removes.join(', ')}`] : []),
  ].join(' ');
}

function testExpression(test: Test, to: Placeholders): string {
  const name = to.name(test.attribute);
  if ('absent' in test) return `attribute_not_exists(${name})`;
  if ('equals' in test) return `${name} = ${to.value(test.equals)}`;
  if ('atMost' in test) return `${name} <= ${to.value(test.atMost)}`;
  if ('absentOrAtMost' in test)
    return `(attribute_not_exists(${name}) OR ${name} <= ${to.value(test.absentOrAtMost)})`;
  if ('absentOrSmallerThan' in test)
    return `(attribute_not_exists(${name}) OR size(${name}) < ${to.value(test.absentOrSmallerThan)})`;
  if ('below' in test) return `${name} < ${to.name(test.below)}`;
  return `${name} >= ${to.name(test.notBelow)}`;
}
