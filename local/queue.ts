import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { accountId, region } from './local-account.ts';
import type { Described, Resolve } from './resolve.ts';

type Properties = Readonly<Record<string, unknown>>;

/** The URL that the emulator takes; the one it tells has a host name that resolves nowhere. */
export const queueUrlOf = (sqsEndpoint: string, name: string): string =>
  `${sqsEndpoint}/${accountId}/${name}`;

export const queueNameOf = (id: string, { QueueName = id }: Properties): string => String(QueueName);

/** What refers to an `AWS::SQS::Queue` gets this. */
export function describeQueue(sqsEndpoint: string, name: string): Described {
  const url = queueUrlOf(sqsEndpoint, name);
  return {
    ref: url,
    attributes: { Arn: `arn:aws:sqs:${region}:${accountId}:${name}`, QueueName: name, QueueUrl: url },
  };
}

/** Creates the queue unless it is there: a second creation would empty it. */
export async function createQueue(
  sqs: SQSClient,
  { name, properties, resolve }: { name: string; properties: Properties; resolve: Resolve },
): Promise<void> {
  if (await exists(sqs, name)) return;
  const { QueueName: _name, Tags: _tags, ...attributes } = properties;
  // Apart from these two, CloudFormation's names are the API's, whose values are all strings.
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
