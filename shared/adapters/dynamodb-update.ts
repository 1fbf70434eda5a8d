import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Test } from '../protocol/condition.ts';
import type { JobWrite } from '../protocol/job-write.ts';

type Update = Pick<
  UpdateItemCommandInput,
  | 'Key'
  | 'UpdateExpression'
  | 'ConditionExpression'
  | 'ExpressionAttributeNames'
  | 'ExpressionAttributeValues'
>;

/** Collects an expression's names and values. Every name is aliased: some of ours are DynamoDB's reserved words. */
class Placeholders {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, unknown> = {};

  name(attribute: string): string {
    this.names[`#${attribute}`] = attribute;
    return `#${attribute}`;
  }

  value(value: unknown): string {
    const placeholder = `:v${Object.keys(this.values).length}`;
    this.values[placeholder] = value;
    return placeholder;
  }
}

/** The parts of an `UpdateItem` call that make this write on this condition. */
export function updateOf(write: JobWrite): Update {
  const placeholders = new Placeholders();
  const alternatives = write.condition.map((tests) => {
    const expression = tests.map((test) => testExpression(test, placeholders)).join(' AND ');
    // DynamoDB refuses redundant parentheses.
    return tests.length > 1 ? `(${expression})` : expression;
  });
  return {
    Key: marshall({ id: write.id }),
    UpdateExpression: updateExpression(write, placeholders),
    ConditionExpression: alternatives.join(' OR '),
    ExpressionAttributeNames: placeholders.names,
    ExpressionAttributeValues: marshall(placeholders.values, { removeUndefinedValues: true }),
  };
}

function updateExpression(write: JobWrite, to: Placeholders): string {
  const sets = [
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
    ...(write.increment ?? []).map((key) => `${to.name(key)} ${to.value(1)}`),
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
