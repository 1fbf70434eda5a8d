import * as z from 'zod/mini';

const named = z.looseObject({
  QueueName: z.optional(z.string()),
  TopicName: z.optional(z.string()),
  TableName: z.optional(z.string()),
  LogGroupName: z.optional(z.string()),
  RoleName: z.optional(z.string()),
  Name: z.optional(z.string()),
});

interface ResourceOfStack {
  readonly Type?: string;
  readonly Properties?: unknown;
}

export interface Stack {
  readonly region: string;
  readonly resources: Readonly<Record<string, ResourceOfStack | undefined>>;
  /** Its name, where a text has it. */
  readonly name?: string;
}

const account = '000000000000';
/** A name that CloudFormation makes has at most so many characters, for a bucket and a role. */
const generated = (id: string): string => id.padEnd(63, '-');

/** The longest name of a partition is that of no region in general. */
const partitionOf = (region: string): string =>
  region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';

/** Between the partition and the name in the ARN of a resource. */
const middleOf: Readonly<Record<string, (place: string) => string>> = {
  'AWS::SQS::Queue': (place) => `sqs:${place}:`,
  'AWS::SNS::Topic': (place) => `sns:${place}:`,
  'AWS::DynamoDB::Table': (place) => `dynamodb:${place}:table/`,
  'AWS::S3::Bucket': () => 's3:::',
  'AWS::IAM::Role': () => `iam::${account}:role/`,
  'AWS::Logs::LogGroup': (place) => `logs:${place}:log-group:`,
  'AWS::Scheduler::ScheduleGroup': (place) => `scheduler:${place}:schedule-group/`,
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Something that looks like what CloudFormation puts in place of a reference, and is no shorter. */
export function resolvedValue(value: unknown, stack: Stack): string {
  const [[called = '', argument] = []] = isRecord(value) ? Object.entries(value) : [];
  if (called === 'Ref') return referred(String(argument), stack);
  if (called === 'Fn::GetAtt') return arnIn(String([argument].flat()[0]).split('.')[0] ?? '', stack);
  if (called === 'Fn::Sub')
    return String(argument).replaceAll(/\$\{(\w[\w:]*)(\.\w+)?\}/g, (_all, id: string, attribute?: string) =>
      attribute === undefined ? referred(id, stack) : arnIn(id, stack),
    );
  if (called === 'Fn::Join' && Array.isArray(argument))
    return [argument[1]]
      .flat()
      .map((each) => resolvedValue(each, stack))
      .join(String(argument[0]));
  return String(value);
}

/** The same of all that is in a value. */
export function resolvedAll(value: unknown, stack: Stack): unknown {
  if (Array.isArray(value)) return value.map((each) => resolvedAll(each, stack));
  if (!isRecord(value)) return value;
  const [[called = ''] = []] = Object.entries(value);
  if (called === 'Ref' || called.startsWith('Fn::')) return resolvedValue(value, stack);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolvedAll(each, stack)]));
}

function nameIn(id: string, { resources }: Stack): string {
  const { data = {} } = named.safeParse(resources[id]?.Properties);
  const { QueueName, TopicName, TableName, LogGroupName, RoleName, Name } = data;
  return QueueName ?? TopicName ?? TableName ?? LogGroupName ?? RoleName ?? Name ?? generated(id);
}

function arnIn(id: string, stack: Stack): string {
  const type = stack.resources[id]?.Type ?? 'AWS::SQS::Queue';
  const place = `${stack.region}:${account}`;
  const middle = middleOf[type]?.(place) ?? `${'service'.padEnd(12, '-')}:${place}:`;
  const end = type === 'AWS::Logs::LogGroup' ? ':*' : '';
  return `arn:${partitionOf(stack.region)}:${middle}${nameIn(id, stack)}${end}`;
}

function referred(id: string, stack: Stack): string {
  const { region, name = 'stack'.padEnd(40, '-') } = stack;
  const pseudoParameters: Readonly<Record<string, string>> = {
    'AWS::AccountId': account,
    'AWS::Partition': partitionOf(region),
    'AWS::Region': region,
    'AWS::StackName': name,
    'AWS::URLSuffix': 'amazonaws.com',
  };
  const type = stack.resources[id]?.Type;
  if (type === 'AWS::SNS::Topic') return arnIn(id, stack);
  if (type === 'AWS::SQS::Queue')
    return `https://sqs.${region}.amazonaws.com/${account}/${nameIn(id, stack)}`;
  return pseudoParameters[id] ?? nameIn(id, stack);
}
