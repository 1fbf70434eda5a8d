import type { SQSRecord } from 'aws-lambda';
import type { Disposition } from '../../shared/delivery/disposition.ts';
import { processDeliveries } from '../../shared/delivery/process-deliveries.ts';
import { writeMessage } from '../../shared/domain/state/job/message.ts';
import type { Delivery } from '../../shared/domain/state/ports.ts';
import { FixedClock, fixedRandom, t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryJobQueue } from '../../testkit/fakes/in-memory-queues.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { RecordedMeters } from '../../testkit/fakes/recorded-meters.ts';
import { aMessage } from './samples.ts';

/** A message in the form in which SQS delivers it to a function. */
export const record = (
  number: number,
  { receiveCount = 1, ageMs = 0, message = aMessage() } = {},
): SQSRecord => ({
  messageId: `message-${number}`,
  receiptHandle: `receipt-${number}`,
  body: writeMessage(message),
  attributes: {
    ApproximateReceiveCount: String(receiveCount),
    SentTimestamp: String(t0 - ageMs),
    SenderId: 'a sender',
    ApproximateFirstReceiveTimestamp: String(t0),
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:eu-central-1:1:standard',
  awsRegion: 'eu-central-1',
});
export const tenRecords = Array.from({ length: 10 }, (_, index) => record(index));

/** A batch of messages. `decide` returns the disposition of each one. */
export function batch(
  Records: SQSRecord[],
  decide: (delivery: Delivery) => Promise<Disposition>,
  { isOrdered = false } = {},
) {
  const queue = new InMemoryJobQueue({ isOrdered });
  const log = recordedLog();
  const meters = new RecordedMeters();
  const store = new InMemoryJobStore();
  const process = async () => {
    const response = await processDeliveries({ Records }, decide, {
      queue,
      store,
      log,
      meter: meters.on('standard'),
      clock: new FixedClock(),
      random: fixedRandom(),
    });
    return response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  return { process, queue, store, log, meters };
}
