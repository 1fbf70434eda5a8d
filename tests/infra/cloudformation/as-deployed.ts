import { accountId, region } from '../../../local/local-aws.ts';
import {
  intrinsicOf,
  isRecord,
  type RawTemplate,
  type Reference,
  referenceOf,
  substitutions,
} from './raw-template.ts';

/** What CloudFormation puts in place of a reference. */
export type Look = (reference: Reference) => string;

const pseudoParameters: Readonly<Record<string, string>> = {
  'AWS::AccountId': accountId,
  'AWS::Partition': 'aws',
  'AWS::Region': region,
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': 'stack',
};

const nameKeys = [
  'FunctionName',
  'RoleName',
  'QueueName',
  'TableName',
  'LogGroupName',
  'TopicName',
  'ClusterName',
  'ServiceName',
  'Name',
];

const inRegion = (service: string) => `arn:aws:${service}:${region}:${accountId}:`;
/** What comes before the name in an ARN. */
const arns: Readonly<Record<string, string>> = {
  'AWS::SQS::Queue': inRegion('sqs'),
  'AWS::SNS::Topic': inRegion('sns'),
  'AWS::DynamoDB::Table': `${inRegion('dynamodb')}table/`,
  'AWS::S3::Bucket': 'arn:aws:s3:::',
  'AWS::IAM::Role': `arn:aws:iam::${accountId}:role/`,
  'AWS::Lambda::Function': `${inRegion('lambda')}function:`,
  'AWS::Logs::LogGroup': `${inRegion('logs')}log-group:`,
  'AWS::Scheduler::ScheduleGroup': `${inRegion('scheduler')}schedule-group/`,
};

/** The account of the emulators, where a stack of this template is made. A name that CloudFormation makes is the logical id. */
export function lookIn({ Resources }: RawTemplate): Look {
  const look: Look = ({ id, attribute }) => {
    const { Type = '', Properties = {} } = Resources[id] ?? {};
    const given = nameKeys.map((key) => Properties[key]).find((name) => name !== undefined);
    // A bucket has no capitals in its name.
    const made = Type === 'AWS::S3::Bucket' ? id.toLowerCase() : id;
    return returnedFor(Type, attribute)(given === undefined ? made : String(asDeployed(given, look)));
  };
  return (reference) => pseudoParameters[reference.id] ?? look(reference);
}

/** What a reference to a resource with a name comes to. */
function returnedFor(type: string, attribute?: string): (name: string) => string {
  const arn = (name: string) => `${arns[type] ?? ''}${name}`;
  if (attribute === 'Arn') return type === 'AWS::Logs::LogGroup' ? (name) => `${arn(name)}:*` : arn; // that of its streams
  if (attribute !== undefined) return (name) => name;
  if (type === 'AWS::SNS::Topic') return arn;
  if (type === 'AWS::SQS::Queue') return (name) => `https://sqs.${region}.amazonaws.com/${accountId}/${name}`;
  return (name) => name;
}

/** A value with all functions replaced by what they return. */
export function asDeployed(value: unknown, look: Look): unknown {
  if (Array.isArray(value)) return value.map((inner) => asDeployed(inner, look));
  if (!isRecord(value)) return value;
  const called = intrinsicOf(value);
  if (called) return returned(called, look);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asDeployed(inner, look)]));
}

function returned(
  { name, argument }: { readonly name: string; readonly argument: unknown },
  look: Look,
): unknown {
  if (name === 'Ref') return look({ id: String(argument) });
  if (name === 'Fn::Sub' && typeof argument === 'string')
    return argument.replaceAll(substitutions, (_, text: string) => look(referenceOf(text)));
  if (name === 'Fn::GetAtt')
    return look(referenceOf(Array.isArray(argument) ? argument.join('.') : String(argument)));
  if (name === 'Fn::GetAZs') return ['a', 'b', 'c'].map((zone) => `${region}${zone}`);
  const inner = asDeployed(argument, look);
  if (name === 'Fn::Join' && Array.isArray(inner) && Array.isArray(inner[1]))
    return inner[1].join(String(inner[0]));
  if (name === 'Fn::Select' && Array.isArray(inner) && Array.isArray(inner[1]))
    return inner[1][Number(inner[0])];
  throw new Error(`as-deployed.ts does not know ${name} of ${JSON.stringify(argument)}`);
}
