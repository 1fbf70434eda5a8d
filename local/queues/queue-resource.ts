import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { accountId, region } from '../local-aws.ts';
import type { Described, Resolve } from '../resolve-references.ts';

type Properties = Readonly<Record<string, unknown>>;

/** The queue's URL at the emulator. The URL that the emulator itself returns has a host name that does not resolve. */
export const queueUrlOf = (sqsEndpoint: string, name: string): string =>
  `${sqsEndpoint}/${accountId}/${name}`;

export const queueNameOf = (id: string, { QueueName = id }: Properties): string => String(QueueName);

/** What `Ref` and `Fn::GetAtt` return for an `AWS::SQS::Queue`. */
export function describeQueue(sqsEndpoint: string, name: string): Described {
  const url = queueUrlOf(sqsEndpoint, name);
  return {
    ref: url,
    attributes: { Arn: `arn:aws:sqs:${region}:${accountId}:${name}`, QueueName: name, QueueUrl: url },
  };
}

/** Creates the queue unless it exists: creating it again would delete its messages. */
export async function createQueue(
  sqs: SQSClient,
  { name, properties, resolve }: { name: string; properties: Properties; resolve: Resolve },
): Promise<void> {
  if (await exists(sqs, name)) return;
  const { QueueName: _name, Tags: _tags, ...attributes } = properties;
  // The other properties have the same names in CloudFormation and in the API, but the API accepts only strings.
  const texts = Object.entries(attributes).map(([key, value]) => [key, asText(resolve(value))]);
  await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: Object.fromEntries(texts) }));
}

const asText = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value);

async function exists(sqs: SQSClient, name: string): Promise<boolean> {
  try {
    await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    return true;
  } catch (error) {
    if (error instanceof QueueDoesNotExist) return false;
    throw error;
  }
}
