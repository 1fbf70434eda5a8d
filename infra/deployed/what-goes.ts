import * as z from 'zod/mini';
import type { Resource } from '../template/serverless.ts';

type ResourcesOfStack = Readonly<Record<string, Pick<Resource, 'Type' | 'Properties'>>>;

/** What code calls by its name, and how people call it. */
const called: Readonly<Record<string, string>> = {
  'AWS::SQS::Queue': 'queue',
  'AWS::DynamoDB::Table': 'table',
  'AWS::S3::Bucket': 'bucket',
  'AWS::SNS::Topic': 'topic',
  'AWS::Scheduler::ScheduleGroup': 'group of schedules',
};

const listed = z.pipe(
  z.union([z.unknown(), z.array(z.unknown())]),
  z.transform((value): readonly unknown[] => [value].flat()),
);
const statement = z.object({
  Effect: z.literal('Allow'),
  Action: listed,
  Resource: listed,
  Condition: z.optional(z.unknown()),
});
const documentOf = z.object({ Statement: z.array(z.union([statement, z.unknown()])) });
const rights = z.object({
  Policies: z.optional(z.array(z.object({ PolicyDocument: documentOf }))),
  PolicyDocument: z.optional(documentOf),
});

/** A resource as people read it: `StandardQueue` for its ARN. */
const readable = (value: unknown): string =>
  JSON.stringify(value)
    .replaceAll(/\{"Fn::GetAtt":\["(\w+)","\w+"\]\}|\{"Ref":"([\w:]+)"\}/g, '$1$2')
    .replaceAll('"', '');

interface Right {
  readonly action: string;
  readonly on: string;
  /** Under which condition, if there is one. */
  readonly condition: string;
}

/** Those of one resource. */
function ownRights({ Properties }: Pick<Resource, 'Properties'>): readonly Right[] {
  const { data } = rights.safeParse(Properties);
  const documents = [
    data?.PolicyDocument,
    ...(data?.Policies ?? []).map(({ PolicyDocument }) => PolicyDocument),
  ];
  return documents
    .flatMap((each) => each?.Statement ?? [])
    .flatMap((each) => {
      const allowed = statement.safeParse(each).data;
      if (allowed === undefined) return [];
      const condition = allowed.Condition === undefined ? '' : JSON.stringify(allowed.Condition);
      return allowed.Action.flatMap((action) =>
        allowed.Resource.map((on) => ({ action: String(action), on: readable(on), condition })),
      );
    });
}

const named = z.object({ ManagedPolicyArns: z.array(z.object({ Ref: z.string() })) });
/** The policies of the template that a role names: what it has no room for itself is there. */
const policiesOf = (each?: Pick<Resource, 'Properties'>): readonly string[] =>
  named.safeParse(each?.Properties).data?.ManagedPolicyArns.map(({ Ref }) => Ref) ?? [];

/** Of `ServersPolicy2`, that it is more of `ServersPolicy`. */
const nameOf = (id: string): string => id.replace(/(?<=^ServersPolicy)\d+$/, '');

/** The rights of each role, and of each policy that no role of the template has. */
function rightsIn(resources: ResourcesOfStack): ReadonlyMap<string, readonly Right[]> {
  const found = Object.entries(resources).filter(([, { Type }]) => Type?.startsWith('AWS::IAM::'));
  const ofRoles = new Set(found.flatMap(([, each]) => policiesOf(each)));
  const all = new Map<string, readonly Right[]>();
  for (const [id, each] of found.filter(([policy]) => !ofRoles.has(policy))) {
    const parts = [each, ...policiesOf(each).map((policy) => resources[policy] ?? {})];
    all.set(nameOf(id), [...(all.get(nameOf(id)) ?? []), ...parts.flatMap(ownRights)]);
  }
  return all;
}

const isIn = (all: readonly Right[], { action, on, condition }: Right): boolean =>
  all.some(
    (each) =>
      each.action === action &&
      [on, '*'].includes(each.on) &&
      (each.condition === condition || each.condition === ''),
  );

/**
 * What a deployment takes away that the code before it may use, a line for each role and each resource. A role that
 * goes as a whole goes with its function, after all else.
 */
export function whatGoes(deployed: ResourcesOfStack, next: ResourcesOfStack): readonly string[] {
  const [before, after] = [rightsIn(deployed), rightsIn(next)];
  return Object.entries(deployed).flatMap(([id, { Type = '' }]) => {
    const what = called[Type];
    if (what !== undefined) return next[id] === undefined ? [`the ${what} ${id}`] : [];
    const kept = after.get(id);
    // A role or a policy that goes as a whole goes with its function, or its servers.
    if (kept === undefined) return [];
    const gone = (before.get(id) ?? []).filter((each) => !isIn(kept, each));
    const texts = new Set(gone.map(({ action, on }) => `${action} on ${on}`));
    return texts.size === 0 ? [] : [`of ${id}: ${[...texts].join(', ')}`];
  });
}

const template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.optional(z.record(z.string(), z.unknown())) }),
  ),
});

/**
 * Says what a deployment takes away that the code before it may use.
 * @param deployed the template of now
 * @param next what is to be deployed
 */
export function noticesOfWhatGoes(stack: string, deployed: unknown, next: unknown): readonly string[] {
  const [before, after] = [template.parse(deployed).Resources, template.parse(next).Resources];
  const lines = whatGoes(before, after);
  const notices = Object.keys(after)
    .filter((id) => nameOf(id) !== id && before[nameOf(id)] !== undefined && before[id] === undefined)
    .map(
      (id) =>
        `${id} is new, and has some of the rights of worker servers: attach it to each role that has ServersPolicy (docs/servers.md#ec2).`,
    );
  if (lines.length === 0) return notices;
  return [
    ...notices,
    [
      `This deployment takes something away from ${stack}. Rights go before the new code is called, and all else goes after that. Code that you go back to lacks both:`,
      ...lines.map((line) => `- ${line}`),
      'If the deployed code uses any of this, first deploy code that does not use it, and take it away in the next deployment.',
    ].join('\n'),
  ];
}
