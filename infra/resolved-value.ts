import * as z from 'zod/mini';

const ref = z.object({ Ref: z.string() });
const attribute = z.object({ 'Fn::GetAtt': z.union([z.string(), z.tuple([z.string(), z.string()])]) });
const named = z.looseObject({
  QueueName: z.optional(z.string()),
  TopicName: z.optional(z.string()),
  TableName: z.optional(z.string()),
  Name: z.optional(z.string()),
});

interface ResourceOfStack {
  readonly Type?: string;
  readonly Properties?: unknown;
}

export interface Stack {
  readonly region: string;
  readonly resources: Readonly<Record<string, ResourceOfStack | undefined>>;
}

const account = '000000000000';
/** A name that CloudFormation makes has at most so many characters, for a bucket and a role. */
const generated = (id: string): string => id.padEnd(63, '-');

/** Something that looks like what CloudFormation puts in place of a reference, and is no shorter. */
export function resolvedValue(value: unknown, { region, resources }: Stack): string {
  const { data: { Ref } = {} } = ref.safeParse(value);
  const { data: { 'Fn::GetAtt': asked = '' } = {} } = attribute.safeParse(value);
  const id = Ref ?? [asked].flat()[0]?.split('.')[0] ?? '';
  if (id === '') return String(value);
  const { Type, Properties } = resources[id] ?? {};
  const { QueueName, TopicName, TableName, Name } = named.safeParse(Properties).data ?? {};
  const name = QueueName ?? TableName ?? Name ?? generated(id);
  if (Type === 'AWS::SNS::Topic') return `arn:aws:sns:${region}:${account}:${TopicName}`;
  if (Ref !== undefined)
    return Type === 'AWS::SQS::Queue' ? `https://sqs.${region}.amazonaws.com/${account}/${name}` : name;
  return Type === 'AWS::IAM::Role'
    ? `arn:aws:iam::${account}:role/${name}`
    : `arn:aws:sqs:${region}:${account}:${name}`;
}
