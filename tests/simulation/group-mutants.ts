import { maxVisibilitySeconds } from '../../shared/aws/job-queue.ts';
import { QueueUnavailableError } from '../../shared/domain/base/errors.ts';
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
    name: 'twelve hours of invisibility are counted from now, and SQS refuses them',
    shownBy: 'the first job of a group sleeps, its message is redelivered, and it is canceled',
    ports: (ports) => ({
      ...ports,
      queue: {
        ...ports.queue,
        changeVisibility: async (delivery, seconds) => {
          if (seconds > maxVisibilitySeconds) throw new QueueUnavailableError('more than 12 hours in all');
          await ports.queue.changeVisibility(delivery, seconds);
        },
      },
    }),
  },
  {
    name: 'the receipt handle of a redelivered message is not saved',
    shownBy: 'the first job of a group sleeps, its message is redelivered, and it is canceled',
    write: (write) => (write.transition === 'saveReceiptHandle' ? { ...write, set: {} } : write),
  },
];
