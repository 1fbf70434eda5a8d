import { DeleteMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { QueueUnavailableError } from '../shared/domain/base/errors.ts';
import type { Clock } from '../shared/domain/base/ports.ts';
import type { Delivery } from '../shared/domain/state/ports.ts';

interface Deletion {
  readonly receiptHandle: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Deletes {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly clock: Clock;
}

/** SQS takes ten in a call, for the price of one. */
const maxInCall = 10;
/** So long a deletion waits for others. A message that is not deleted in time is only delivered once more. */
const gatherMs = 20;

/** @returns a function that deletes a message, together with others that are to be deleted in the same moment */
export function deleteTogether({ sqs, queueUrl, clock }: Deletes) {
  let gathered: Deletion[] = [];

  const send = async (): Promise<void> => {
    const deletions = gathered;
    if (deletions.length === 0) return;
    gathered = [];
    const Entries = deletions.map(({ receiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle: receiptHandle,
    }));
    try {
      const { Failed = [] } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
      for (const { Id, Message } of Failed)
        deletions[Number(Id)]?.reject(
          new QueueUnavailableError(`the message could not be deleted: ${Message}`),
        );
      // One that has failed is settled already.
      for (const { resolve } of deletions) resolve();
    } catch (cause) {
      for (const { reject } of deletions)
        reject(new QueueUnavailableError('the message could not be deleted', { cause }));
    }
  };

  /** @throws QueueUnavailableError */
  return ({ receiptHandle }: Pick<Delivery, 'receiptHandle'>): Promise<void> =>
    new Promise((resolve, reject) => {
      gathered.push({ receiptHandle, resolve, reject });
      if (gathered.length === 1) void clock.sleep(gatherMs).then(send);
      if (gathered.length === maxInCall) void send();
    });
}
