import { randomBytes } from 'node:crypto';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { asError } from '../../shared/domain/base/errors.ts';
import { accountId, region } from '../local-aws.ts';
import { queueUrlOf } from '../queues/queue-resource.ts';
import type { ScheduleDefinition } from './definition.ts';

/** One invocation of a schedule's target. */
export interface Invocation {
  readonly name: string;
  readonly definition: ScheduleDefinition;
  /** The time that it is meant for, epoch milliseconds. */
  readonly scheduledAt: number;
  /** How often it was tried in vain. */
  readonly retries: number;
}

export type ExhaustedRetryCondition = 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds';

interface Queues {
  readonly sqs: SQSClient;
  readonly sqsEndpoint: string;
}

export const scheduleArn = (group: string, name: string): string =>
  `arn:aws:scheduler:${region}:${accountId}:schedule/${group}/${name}`;

/** Sends the input of a schedule to its queue. @throws what SQS says */
export async function invokeTarget(invocation: Invocation, { sqs, sqsEndpoint }: Queues): Promise<void> {
  await sqs.send(new SendMessageCommand(requestOf(invocation, sqsEndpoint)));
}

/**
 * Sends what could not be sent to the dead-letter queue, if there is one: the request to SQS, with the attributes that
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html lists.
 * @throws what SQS says
 */
export async function sendDeadLetter(
  invocation: Invocation,
  { cause, exhausted }: { readonly cause: unknown; readonly exhausted: ExhaustedRetryCondition },
  { sqs, sqsEndpoint }: Queues,
): Promise<void> {
  const { definition, name, scheduledAt, retries } = invocation;
  const { Arn, DeadLetterConfig } = definition.Target;
  if (DeadLetterConfig === undefined) return;
  const error = asError(cause);
  const attributes = {
    ERROR_CODE: error.name,
    ERROR_MESSAGE: error.message || error.name,
    EXECUTION_ID: executionId(),
    EXHAUSTED_RETRY_CONDITION: exhausted,
    IS_PAYLOAD_TRUNCATED: 'false',
    RETRY_ATTEMPTS: String(retries),
    SCHEDULED_TIME: wholeSeconds(scheduledAt),
    SCHEDULE_ARN: scheduleArn(definition.GroupName, name),
    TARGET_ARN: Arn,
  };
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [key, { DataType: 'String', StringValue: value }]),
  );
  const QueueUrl = urlOf(DeadLetterConfig.Arn, sqsEndpoint);
  const MessageBody = JSON.stringify(requestOf(invocation, sqsEndpoint));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageAttributes }));
}

const requestOf = ({ name, definition, scheduledAt, retries }: Invocation, sqsEndpoint: string) => {
  const { Arn, Input } = definition.Target;
  const words: Readonly<Record<string, string>> = {
    'schedule-arn': scheduleArn(definition.GroupName, name),
    'scheduled-time': wholeSeconds(scheduledAt),
    'execution-id': executionId(),
    'attempt-number': String(retries + 1),
  };
  const MessageBody = Input.replace(
    /<aws\.scheduler\.([a-z-]+)>/g,
    (whole, word: string) => words[word] ?? whole,
  );
  return { MessageBody, QueueUrl: urlOf(Arn, sqsEndpoint) };
};

const executionId = (): string => randomBytes(8).toString('hex');
const wholeSeconds = (time: number): string => `${new Date(time).toISOString().slice(0, -'.000Z'.length)}Z`;
const urlOf = (queueArn: string, sqsEndpoint: string): string =>
  queueUrlOf(sqsEndpoint, queueArn.split(':').at(-1) ?? '');
