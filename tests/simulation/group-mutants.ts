import { maxVisibilitySeconds } from '../../shared/aws/queues/job-queue.ts';
import { type Mutant, withMessages } from './mutant.ts';

/** Of jobs in groups, on the ordered queue. */
export const groupMutants: readonly Mutant[] = [
  {
    name: 'deduplication by the job id on FIFO',
    shownBy: 'a job of a group fails and is retried within the deduplication interval of SQS',
    deduplicationId: ({ id }) => id,
  },
  withMessages(
    'a returned message of a group is requeued',
    'a group of three with duplicates and reordering',
    (ports, _role, { event, queue }) => ({
      ...ports,
      queue: {
        ...ports.queue,
        changeVisibility: async ({ receiptHandle }) => {
          const record = event.Records.find((one) => one.receiptHandle === receiptHandle);
          queue.delete(receiptHandle);
          if (record) queue.send(record.body, { group: record.attributes.MessageGroupId ?? '' });
        },
      },
    }),
  ),
  {
    name: 'a cancel that leaves the message of a group invisible',
    shownBy: 'the first job of a group sleeps for hours and is canceled',
    ports: (ports, role) =>
      role === 'cancel'
        ? { ...ports, ordered: { ...ports.ordered, changeVisibility: async () => {} } }
        : ports,
  },
  {
    name: 'the message of a group is hidden for as long as SQS allows',
    shownBy: 'the first job of a group sleeps, and is canceled by an outdated receipt handle',
    ports: (ports) => ({
      ...ports,
      queue: {
        ...ports.queue,
        changeVisibility: (delivery, seconds) =>
          ports.queue.changeVisibility(delivery, seconds > 3_000 ? maxVisibilitySeconds : seconds),
      },
    }),
  },
  {
    name: 'the receipt handle of a redelivered message is not saved',
    shownBy: 'the first job of a group sleeps, its message is redelivered, and it is canceled',
    write: (write) => (write.transition === 'saveReceiptHandle' ? { ...write, set: {} } : write),
  },
];
