import type { Statement } from '../cloudformation/policy-problems.ts';
import type { Call } from './recorded-calls.ts';

/** Whether the policies of a role allow a call. @throws for an operator that this does not know */
export function isAllowed(statements: readonly Statement[], call: Call): boolean {
  const matching = statements.filter((statement) => matches(statement, call));
  return matching.length > 0 && matching.every(({ Effect }) => Effect === 'Allow');
}

const matches = (
  { Action, Resource = [], Condition = {} }: Statement,
  { action, resource, context }: Call,
): boolean =>
  Action.some((pattern) => like(pattern.toLowerCase(), action.toLowerCase())) &&
  Resource.some((pattern) => like(pattern, resource)) &&
  Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => {
      const value = context[key];
      const compare = operators[operator];
      if (!compare) throw new Error(`is-allowed.ts does not know ${operator}`);
      return value !== undefined && [wanted].flat().some((each) => compare(String(each), value));
    }),
  );

const operators: Readonly<Record<string, (wanted: string, value: string) => boolean>> = {
  StringEquals: (wanted, value) => wanted === value,
  StringLike: (wanted, value) => like(wanted, value),
  // A call of ours names one key.
  'ForAllValues:StringLike': (wanted, value) => like(wanted, value),
};

/** `*` stands for any text, `?` for one letter, as in a policy. */
function like(pattern: string, value: string): boolean {
  const escaped = pattern
    .replaceAll(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 's').test(value);
}
