import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { fromAttributes, toAttributes } from '../../shared/aws/attribute-value.ts';

type Values = Readonly<Record<string, unknown>>;

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: {
    readonly Key?: Parameters<typeof fromAttributes>[0];
    readonly UpdateExpression?: string;
    readonly ConditionExpression?: string;
    readonly ExpressionAttributeValues?: Parameters<typeof fromAttributes>[0];
  };
}

/** A table in memory that knows the expressions of arrival times, for more calls than the emulator answers in a test. It counts them. */
export class ArrivalTable {
  readonly items = new Map<string, Values>();
  readonly calls = { reads: 0, writes: 0, inVain: 0 };

  get client(): DynamoDBClient {
    return Object.create(null, { send: { value: (command: Command) => this.#answer(command) } });
  }

  async #answer(command: Command) {
    const { input } = command;
    const id = String(fromAttributes(input.Key ?? {}).id);
    const item = this.items.get(id) ?? {};
    if (command.constructor.name === 'GetItemCommand') {
      this.calls.reads += 1;
      return { Item: toAttributes(item as Parameters<typeof toAttributes>[0]) };
    }
    this.calls.writes += 1;
    const values = fromAttributes(input.ExpressionAttributeValues ?? {});
    if (!holds(input.ConditionExpression ?? '', { item, values })) {
      this.calls.inVain += 1;
      throw new ConditionalCheckFailedException({ message: 'it does not hold', $metadata: {} });
    }
    const next = { ...item, id, ...assigned(input.UpdateExpression ?? '', { item, values }) };
    this.items.set(id, next);
    return { Attributes: toAttributes(next as Parameters<typeof toAttributes>[0]) };
  }
}

interface Scope {
  readonly item: Values;
  readonly values: Values;
}

const termIn = (term: string, { item, values }: Scope): unknown =>
  term.startsWith(':') ? values[term] : item[term];

function holds(condition: string, scope: Scope): boolean {
  return condition.split(' OR ').some((all) => all.split(' AND ').every((one) => compares(one, scope)));
}

function compares(one: string, scope: Scope): boolean {
  const [, absent] = /^attribute_not_exists\((\w+)\)$/.exec(one) ?? [];
  if (absent !== undefined) return scope.item[absent] === undefined;
  const [left = '', operator = '', right = ''] = one.split(' ');
  const [is, than] = [Number(termIn(left, scope)), Number(termIn(right, scope))];
  if (operator === '>') return is > than;
  if (operator === '<=') return is <= than;
  throw new Error(`this table does not know ${one}`);
}

function assigned(update: string, scope: Scope): Values {
  const parts = update.replace(/^SET /, '').split(', ');
  return Object.fromEntries(
    parts.map((part) => {
      const [name = '', sum = ''] = part.split(' = ');
      const terms = sum.split(' + ').map((term) => Number(termIn(term, scope)));
      return [name, terms.reduce((total, term) => total + term)];
    }),
  );
}
