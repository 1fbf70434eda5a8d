import { DeleteMessageBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sqsChildQueue } from '../../shared/aws/queues/child-queue.ts';
import { SendingStoppedError } from '../../shared/domain/base/errors.ts';
import { type JobMessage, writeMessage } from '../../shared/domain/state/job/message.ts';
import type { ChildQueue } from '../../shared/worker/children/job-children.ts';
import { SeededRandom } from '../../testkit/play/seeded-random.ts';
import { VirtualTime } from '../../testkit/play/virtual-time.ts';
import type { LocalAws } from '../local-aws.ts';
import { aMessage, anId } from '../set-ups/samples.ts';
import { simulatedChildQueue } from '../simulation/dependencies.ts';
import { queuePort } from '../simulation/queue-port.ts';
import { SimulatedQueue } from '../simulation/simulated-queue.ts';
import { newLocalAws } from './shared-services.ts';

interface ChildQueueUnderTest {
  readonly queue: ChildQueue;
  /** Receives all messages, and deletes them. @returns their bodies */
  receiveAll(): Promise<readonly string[]>;
}

const many: readonly JobMessage[] = Array.from({ length: 120 }, (_, index) => aMessage({ id: anId(index) }));
const sorted = (bodies: readonly string[]) => [...new Set(bodies)].toSorted();
const always = () => true;

/** What every `ChildQueue` does. */
function describeChildQueue(name: string, make: () => ChildQueueUnderTest): void {
  describe(`${name} as a ChildQueue`, () => {
    test('sends all messages as long as it may go on', async () => {
      const { queue, receiveAll } = make();
      await queue.sendAll(many, always);
      await queue.sendAll([], always);
      expect(sorted(await receiveAll())).toEqual(sorted(many.map(writeMessage)));
    });

    test('makes no call if it may not go on, and says that it has stopped', async () => {
      const { queue, receiveAll } = make();
      await expect(queue.sendAll(many, () => false)).rejects.toThrow(SendingStoppedError);
      expect(await receiveAll()).toEqual([]);
    });

    test('makes no further call if it may not go on any more, and says that it has stopped', async () => {
      const { queue, receiveAll } = make();
      let asked = 0;
      const onlyFirst = () => {
        asked += 1;
        return asked === 1;
      };
      await expect(queue.sendAll(many, onlyFirst)).rejects.toThrow(SendingStoppedError);
      const received = sorted(await receiveAll());
      expect(received.length).toBeGreaterThan(0);
      // One call of SQS has ten messages at most.
      expect(received.length).toBeLessThanOrEqual(10);
    });

    test('has nothing to stop when all messages are sent', async () => {
      const { queue, receiveAll } = make();
      let asked = 0;
      const asOftenAsNeeded = () => {
        asked += 1;
        return asked <= 1;
      };
      await queue.sendAll(many.slice(0, 1), asOftenAsNeeded);
      expect(await receiveAll()).toHaveLength(1);
    });
  });
}

function simulated(): ChildQueueUnderTest {
  const unreliability = {
    ...{ random: new SeededRandom(1), duplicate: 0, reorder: false },
    ...{ takesOutdatedHandles: true, miscount: 0, maxDuplicates: 0 },
  };
  const settings = { visibilityMs: 30_000, maxReceiveCount: 1000 };
  const [own, quarantined] = ['own', 'quarantine'].map(
    (name) => new SimulatedQueue(name, new VirtualTime(), settings, unreliability),
  );
  if (!own || !quarantined) throw new Error('there are two queues');
  return {
    queue: simulatedChildQueue(queuePort({ own, quarantined })),
    receiveAll: async () => {
      const { bodies } = own;
      own.purge();
      return bodies;
    },
  };
}

let aws: LocalAws;

function sqs(): ChildQueueUnderTest {
  const QueueUrl = aws.queueUrl('long');
  return {
    queue: sqsChildQueue(aws.sqs, { queueUrl: QueueUrl }),
    receiveAll: async () => {
      const bodies: string[] = [];
      for (;;) {
        const { Messages = [] } = await aws.sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
        );
        if (Messages.length === 0) return bodies;
        bodies.push(...Messages.map(({ Body = '' }) => Body));
        const Entries = Messages.map(({ MessageId: Id, ReceiptHandle }) => ({ Id, ReceiptHandle }));
        await aws.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      }
    },
  };
}

describe('child queue', () => {
  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());

  describeChildQueue('the simulated queue', simulated);
  describeChildQueue('the SQS queue', sqs);
});
