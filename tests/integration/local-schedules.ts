import { CreateScheduleCommand, type CreateScheduleInput, SchedulerClient } from '@aws-sdk/client-scheduler';
import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { accountId, credentials, region } from '../../local/local-aws.ts';

export const schedulerAt = (endpoint: string): SchedulerClient =>
  new SchedulerClient({ endpoint, region, credentials, maxAttempts: 1 });

export const arnOf = (queue: string): string => `arn:aws:sqs:${region}:${accountId}:${queue}`;
export const roleArn = `arn:aws:iam::${accountId}:role/scheduler`;
/** A one-time expression. @param at a full second, epoch milliseconds */
export const oneTime = (at: number): string => `at(${new Date(at).toISOString().slice(0, 19)})`;

/** A schedule of the group `schedules` that sends to the waiting queue. */
export const aSchedule = (
  over: Partial<CreateScheduleInput> & Pick<CreateScheduleInput, 'Name' | 'ScheduleExpression'>,
): CreateScheduleInput => ({
  GroupName: 'schedules',
  FlexibleTimeWindow: { Mode: 'OFF' },
  ActionAfterCompletion: 'DELETE',
  ...over,
  Target: {
    Arn: arnOf('waiting'),
    RoleArn: roleArn,
    Input: String(over.Name),
    DeadLetterConfig: { Arn: arnOf('dead-letter') },
    ...over.Target,
  },
});

export const create = (client: SchedulerClient, input: Parameters<typeof aSchedule>[0]) =>
  client.send(new CreateScheduleCommand(aSchedule(input)));

export interface TakenMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string | undefined>>;
}

/** Receives what is visible in a queue, and deletes it. */
export async function takeFrom(sqs: SQSClient, QueueUrl: string): Promise<readonly TakenMessage[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
  );
  for (const { ReceiptHandle } of Messages)
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Messages.map(({ Body = '', MessageAttributes = {} }) => ({
    body: Body,
    attributes: Object.fromEntries(
      Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]),
    ),
  }));
}
