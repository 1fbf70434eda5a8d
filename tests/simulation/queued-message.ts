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
  /** After it was deleted. */
  hasComeAgain?: true;
}

/** A message as Lambda hands it to a function. `says`: how often it was received, as SQS believes. */
export const recordOf = (
  { id, body, receiveCount, sentAt, group }: QueuedMessage,
  { queue, says }: { readonly queue: string; readonly says: number },
): SQSRecord => ({
  messageId: id,
  receiptHandle: `${id}/${receiveCount}`,
  body,
  attributes: {
    ApproximateReceiveCount: String(says),
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
