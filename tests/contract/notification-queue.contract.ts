import { describe, expect, test } from '@jest/globals';
import type { NotificationMessage } from '../../shared/job/notification.ts';
import type { NotificationDeadLetters, NotificationQueue } from '../../shared/job/ports.ts';
import { aNotification } from '../set-ups/notify.ts';
import { anId } from '../set-ups/samples.ts';

/** The queue and its dead letters, and what a test needs besides the ports: to receive, and to let time pass. */
export interface NotificationQueueUnderTest {
  readonly queue: NotificationQueue;
  readonly deadLetters: NotificationDeadLetters;
  receive(): Promise<readonly NotificationMessage[]>;
  receiveDeadLetters(): Promise<
    readonly { readonly message: NotificationMessage; readonly reason: string }[]
  >;
  /** Lets real or virtual time pass. */
  pass(seconds: number): Promise<void>;
}

let count = 0;
/** Each is of another job. */
const newNotification = (over: Partial<NotificationMessage> = {}): NotificationMessage => {
  count += 1;
  return aNotification({ jobId: anId(count), ...over });
};

/** What the fake and the adapter must have in common. */
export function describeNotificationQueue(name: string, make: () => NotificationQueueUnderTest): void {
  const received = async (jobId: string) => (await make().receive()).filter((each) => each.jobId === jobId);

  describe(`${name} as a NotificationQueue`, () => {
    test('delivers a message as it was sent, whatever its texts', async () => {
      const text = 'ü 🎈 \u0000 \u001f \uFFFE \uFFFF \ud800 <&>"\'';
      const message = newNotification({
        tenant: text,
        tags: [text],
        error: { name: 'Error', message: text },
        target: { email: 'a@example.com' },
        attempts: 3,
        dueAt: 1_800_000_000_000,
      });
      await make().queue.send(message);
      expect(await received(message.jobId)).toEqual([message]);
    });

    test('delivers a message after its delay', async () => {
      const message = newNotification();
      await make().queue.send(message, 1.5);
      expect(await received(message.jobId)).toEqual([]);
      await make().pass(2.5);
      expect(await received(message.jobId)).toEqual([message]);
    });

    test('takes a longer delay than SQS has as that of SQS', async () => {
      const message = newNotification();
      await make().queue.send(message, 100_000);
      expect(await received(message.jobId)).toEqual([]);
    });

    test('keeps dead letters, with the reason', async () => {
      const message = newNotification({ error: { name: 'Error', message: '\uFFFE' } });
      await make().deadLetters.send(message, 'HTTP 500');
      expect(await make().receiveDeadLetters()).toContainEqual({ message, reason: 'HTTP 500' });
      expect(await received(message.jobId)).toEqual([]);
    });
  });
}
