import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { mergeStatements } from './merge-statements.ts';
import { resolvedAll, type Stack } from './resolved-value.ts';
import type { Resource, Resources } from './serverless.ts';
import { ref, type Statement } from './template-values.ts';

/*
 * IAM takes 10,240 characters in all policies of a role itself, and 6,144 in a managed policy, and counts no white
 * space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html. What CloudFormation puts in place
 * of references is known here but for names that it makes, so something is left.
 */
const inRole = 8500;
const inManaged = 5900;
/** IAM attaches ten to a role. An update may attach the new ones before it detaches the old ones. */
const maxOfRole = 5;
/** Of those that somebody attaches to a role by hand. */
const maxByHand = 10;

const statement: z.ZodMiniType<Statement> = z.looseObject({
  Effect: z.literal('Allow'),
  Action: z.union([z.string(), z.array(z.string())]),
  Resource: z.unknown(),
  Condition: z.optional(z.record(z.string(), z.record(z.string(), z.string()))),
});
const document = z.looseObject({ Statement: z.array(statement) });
const policies = z._default(z.array(z.looseObject({ PolicyDocument: document })), []);
const attached = z._default(z.array(z.unknown()), []);

const policyOf = (Statement: readonly Statement[]) => ({ Version: '2012-10-17', Statement });
const number = (value: number): string => value.toLocaleString('en');

/**
 * Writes the rights of each role once. Moves what a role's own policies have no room for into managed policies, and what
 * `ServersPolicy` has no room for into more of its kind.
 * @param stack with all resources of the template
 * @returns a line for each that does not fit even so
 */
export function fitPolicies(template: Resources, stack: Stack): readonly string[] {
  const { Resources = {} } = template;
  return Object.entries(Resources).flatMap(([id, { Type, Properties }]) => {
    if (Properties === undefined) return [];
    const given = { id, properties: Properties, sizeOf: sizeIn(stack) };
    if (Type === 'AWS::IAM::Role') return fitRole(template, given);
    return Type === 'AWS::IAM::ManagedPolicy' ? fitManaged(template, given) : [];
  });
}

interface Given {
  readonly id: string;
  readonly properties: Record<string, unknown>;
  readonly sizeOf: (statements: readonly Statement[]) => number;
}

/** How IAM counts a policy. */
const sizeIn =
  (stack: Stack) =>
  (statements: readonly Statement[]): number =>
    JSON.stringify(resolvedAll(policyOf(statements), stack)).replaceAll(/\s/g, '').length;

function fitRole(template: Resources, { id, properties, sizeOf }: Given): readonly string[] {
  // The framework gives the function of a queue the right to receive from it, which is a part of a right of ours.
  const all = policies.parse(properties.Policies).map((each) => ({
    ...each,
    PolicyDocument: policyOf(mergeStatements(each.PolicyDocument.Statement)),
  }));
  if (properties.Policies !== undefined) properties.Policies = all;
  const sizes = all.map(({ PolicyDocument }) => sizeOf(PolicyDocument.Statement));
  const sum = sizes.reduce((before, size) => before + size, 0);
  if (sum <= inRole) return [];
  const at = sizes.indexOf(Math.max(...sizes));
  const largest = all[at]?.PolicyDocument.Statement ?? [];
  const room = { first: inRole - (sum - (sizes[at] ?? 0)), next: inManaged };
  const [own = [], ...others] = pack(largest, room, sizeOf);
  if (others.length > maxOfRole || others.some((each) => sizeOf(each) > inManaged))
    return [
      `${id} has rights of ${number(sum)} characters. IAM takes 10,240 in the role itself and 6,144 in each managed policy, of which a role of a stage has ${maxOfRole}. ${remedy}`,
    ];
  properties.Policies = all
    .map((each, index) => (index === at ? { ...each, PolicyDocument: policyOf(own) } : each))
    .filter((_, index) => index !== at || own.length > 0);
  const made = others.map((each) => [`${id}Rights${hashOf(each)}`, managedPolicy(id, each)] as const);
  template.Resources = { ...template.Resources, ...Object.fromEntries(made) };
  properties.ManagedPolicyArns = [
    ...attached.parse(properties.ManagedPolicyArns),
    ...made.map(([policyId]) => ref(policyId)),
  ];
  return [];
}

const remedy =
  'Name less in the rights of job types: one pattern, such as table/orders-*, takes the place of many names.';

const managedPolicy = (role: string, statements: readonly Statement[]): Resource => ({
  Type: 'AWS::IAM::ManagedPolicy',
  Properties: {
    Description: `Rights that ${role} has no room for in its own policies`,
    PolicyDocument: policyOf(statements),
  },
});

/**
 * Other rights make another policy, which the role gets in the same call in which it loses the one before. If a right
 * moved from one policy to another that CloudFormation changes at its own time, jobs would meet neither.
 */
const hashOf = (statements: readonly Statement[]): string =>
  createHash('sha256').update(JSON.stringify(statements)).digest('hex').slice(0, 8);

/**
 * Somebody has attached it to a role by hand, so its name stays: those that come beside it have a number, and an output
 * of their own.
 */
function fitManaged(template: Resources, { id, properties, sizeOf }: Given): readonly string[] {
  const { Statement } = document.parse(properties.PolicyDocument);
  const [own = [], ...others] = pack(Statement, { first: inManaged, next: inManaged }, sizeOf);
  if (others.length >= maxByHand || [own, ...others].some((each) => sizeOf(each) > inManaged))
    return [
      `${id} has rights of ${number(sizeOf(Statement))} characters. IAM takes 6,144 in each managed policy, and ${maxByHand} of them in a role. ${remedy}`,
    ];
  properties.PolicyDocument = policyOf(own);
  const made = others.map((each, index) => {
    const Properties = { ...properties, PolicyDocument: policyOf(each) };
    return [String(index + 2), { Type: 'AWS::IAM::ManagedPolicy', Properties }] as const;
  });
  template.Resources = {
    ...template.Resources,
    ...Object.fromEntries(made.map(([count, each]) => [`${id}${count}`, each])),
  };
  template.Outputs = {
    ...template.Outputs,
    ...Object.fromEntries(
      made.map(([count]) => [
        `${id}Arn${count}`,
        { Description: `The policy of worker servers, part ${count}`, Value: ref(`${id}${count}`) },
      ]),
    ),
  };
  return [];
}

interface Room {
  readonly first: number;
  readonly next: number;
}

/**
 * The statements by policy, in their order. One that fits into no policy is written in parts, each with some of its
 * resources.
 */
function pack(
  statements: readonly Statement[],
  { first, next }: Room,
  sizeOf: Given['sizeOf'],
): readonly (readonly Statement[])[] {
  const packed: Statement[][] = [[]];
  for (const each of statements.flatMap((whole) => partsOf(whole, next, sizeOf))) {
    const last = packed.at(-1) ?? [];
    if (sizeOf([...last, each]) <= (packed.length === 1 ? first : next)) last.push(each);
    else packed.push([each]);
  }
  return packed;
}

function partsOf(whole: Statement, room: number, sizeOf: Given['sizeOf']): readonly Statement[] {
  const { Resource } = whole;
  if (!Array.isArray(Resource) || Resource.length < 2 || sizeOf([whole]) <= room) return [whole];
  const half = Math.ceil(Resource.length / 2);
  return [Resource.slice(0, half), Resource.slice(half)].flatMap((some) =>
    partsOf({ ...whole, Resource: some }, room, sizeOf),
  );
}
