import * as z from 'zod/mini';
import type { Statement } from '../../infra/template/template-values.ts';
import type { Resolve } from '../resolve-references.ts';

/** What IAM decides about: a call of AWS, as the role of who makes it is asked for it. */
export interface Call {
  /** As a policy names it, such as `sqs:SendMessage`. */
  readonly action: string;
  /** Its ARN, or `*` where the action knows no resources. */
  readonly resource: string;
  /** Of condition keys: what the call has. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

/** One action that a role may do, on the resources that one pattern matches. */
export const grant = z.object({
  action: z.string(),
  /** A pattern of ARNs. */
  resource: z.string(),
  /** The pattern as the template has it, such as `JobTable` or `${Bucket.Arn}/results/*`: the same on each stage. */
  name: z.string(),
  condition: z.record(z.string(), z.record(z.string(), z.string())),
});
export type Grant = z.infer<typeof grant>;

/** @returns what these statements of a template allow, with its references resolved */
export const grantsOf = (statements: readonly Statement[], resolve: Resolve): readonly Grant[] =>
  statements.flatMap(({ Action, Resource, Condition: condition = {} }) =>
    [Action].flat().flatMap((action) =>
      [Resource].flat().map((resource) => ({
        action,
        resource: String(resolve(resource)),
        name: nameOf(resource),
        condition,
      })),
    ),
  );

const reference = z.union([
  z.pipe(
    z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }),
    z.transform((each) => each['Fn::GetAtt'][0]),
  ),
  z.pipe(
    z.object({ 'Fn::Sub': z.string() }),
    z.transform((each) => each['Fn::Sub']),
  ),
  z.pipe(
    z.object({ Ref: z.string() }),
    z.transform((each) => each.Ref),
  ),
]);

const nameOf = (resource: unknown): string => reference.safeParse(resource).data ?? String(resource);

/** @returns the first grant that allows a call, if one does. @throws Error for an operator that is not known here */
export const grantFor = (grants: readonly Grant[], call: Call): Grant | undefined =>
  grants.find(
    ({ action, resource, condition }) =>
      like(action.toLowerCase(), call.action.toLowerCase()) &&
      like(resource, call.resource) &&
      holds(condition, call.context),
  );

const holds = (condition: Grant['condition'], context: Call['context']): boolean =>
  Object.entries(condition).every(([operator, keys]) => {
    const compare = operators[operator];
    if (compare === undefined) throw new Error(`local/rights/grants.ts does not know ${operator}`);
    return Object.entries(keys).every(([key, wanted]) => compare(wanted, [context[key] ?? []].flat()));
  });

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
const operators: Readonly<Record<string, (wanted: string, values: readonly string[]) => boolean>> = {
  StringEquals: (wanted, values) => values.some((value) => value === wanted),
  StringLike: (wanted, values) => values.some((value) => like(wanted, value)),
  // Of a call that has no such key, it is true: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
  'ForAllValues:StringLike': (wanted, values) => values.every((value) => like(wanted, value)),
};

const patterns = new Map<string, RegExp>();

/** `*` stands for any text, `?` for one letter, as in a policy. */
function like(pattern: string, value: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === value;
  const known = patterns.get(pattern);
  if (known) return known.test(value);
  const escaped = pattern.replaceAll(/[\\^$.|+()[\]{}]/g, '\\$&');
  const made = new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
  patterns.set(pattern, made);
  return made.test(value);
}
