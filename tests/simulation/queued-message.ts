import type { SQSRecord } from 'aws-lambda';

/** A message in a simulated queue. */
export interface QueuedMessage {
  readonly id: string;
  readonly body: string;
  readonly sentAt: number;
  readonly group: string | undefined;
  visibleAt: number;
  receiveCount: number;
  /** When it was received within the last hour. */
  receivedAt: number[];
}

/** A message as Lambda hands it to a function. */
export const recordOf = (
  { id, body, receiveCount, sentAt, group }: QueuedMessage,
  queue: string,
): SQSRecord => ({
  messageId: id,
  receiptHandle: `${id}/${receiveCount}`,
  body,
  attributes: {
    ApproximateReceiveCount: String(receiveCount),
    SentTimestamp: String(sentAt),
    SenderId: 'simulation',
    ApproximateFirstReceiveTimestamp: String(sentAt),
    ...(group === undefined ? {} : { MessageGroupId: group }),
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: queue,
  awsRegion: 'simulation',
});
