import * as z from 'zod/mini';
import type { Resource } from './serverless.ts';

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

function rightsOf({ Properties }: Pick<Resource, 'Properties'>): readonly Right[] {
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

const isIn = (all: readonly Right[], { action, on, condition }: Right): boolean =>
  all.some(
    (each) =>
      each.action === action &&
      [on, '*'].includes(each.on) &&
      (each.condition === condition || each.condition === ''),
  );

/**
 * What a deployment takes away that the code before it may use, a line for each role and each resource. A role that goes as a whole
 * goes with its function, after all else.
 */
export function whatGoes(deployed: ResourcesOfStack, next: ResourcesOfStack): readonly string[] {
  return Object.entries(deployed).flatMap(([id, resource]) => {
    const { Type = '' } = resource;
    const after = next[id];
    if (after === undefined) return called[Type] === undefined ? [] : [`the ${called[Type]} ${id}`];
    if (!Type.startsWith('AWS::IAM::')) return [];
    const kept = rightsOf(after);
    const gone = rightsOf(resource).filter((each) => !isIn(kept, each));
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
  const lines = whatGoes(template.parse(deployed).Resources, template.parse(next).Resources);
  if (lines.length === 0) return [];
  return [
    [
      `This deployment takes something away from ${stack}. Rights go before the new code is called, and all else goes after that. Code that you go back to lacks both:`,
      ...lines.map((line) => `- ${line}`),
      'If the deployed code uses any of this, first deploy code that does not use it, and take it away in the next deployment.',
    ].join('\n'),
  ];
}
