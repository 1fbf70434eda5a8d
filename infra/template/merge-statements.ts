import type { Statement } from './template-values.ts';

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/** What several statements have, each thing once, in the order in which it comes first. */
const unionOf = (lists: readonly unknown[]): readonly unknown[] => [
  ...new Map(lists.flatMap(asList).map((each) => [JSON.stringify(each), each])).values(),
];
const sorted = (list: unknown): string =>
  JSON.stringify(
    asList(list)
      .map((each) => JSON.stringify(each))
      .sort(),
  );

/**
 * Writes rights once: what has the same actions on the same condition is one statement with all resources, and then
 * what has the same resources is one with all actions. IAM counts each character, and fifty job types with a table each
 * would say the same actions fifty times. A statement allows the same before and after.
 */
export function mergeStatements(statements: readonly Statement[]): readonly Statement[] {
  const byActions = mergedBy(statements, ({ Action, Condition }) => [sorted(Action), Condition]);
  return mergedBy(byActions, ({ Resource, Condition }) => [sorted(Resource), Condition]);
}

function mergedBy(
  statements: readonly Statement[],
  keyOf: (statement: Statement) => unknown,
): readonly Statement[] {
  const groups = Map.groupBy(statements, (each) => JSON.stringify(keyOf(each)));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.length === 1) return group;
    const actions = unionOf(group.map(({ Action }) => Action)).map(String);
    return [{ ...first, Action: actions, Resource: unionOf(group.map(({ Resource }) => Resource)) }];
  });
}
