import { describe, expect, test } from '@jest/globals';
import type { JobMessage } from '../../shared/job/message.ts';
import { readMessage, writeMessage } from '../../shared/job/message.ts';
import type { Delivery, JobQueue } from '../../shared/job/ports.ts';

/** A `JobQueue`, and what a test needs besides the port: to receive, and to let time pass. */
export interface QueueUnderTest {
  readonly queue: JobQueue;
  receive(): Promise<readonly Delivery[]>;
  receiveQuarantined(): Promise<readonly Delivery[]>;
  /** Lets real or virtual time pass. */
  pass(seconds: number): Promise<void>;
}

let count = 0;
const newMessage = (payload: unknown = { seconds: 1 }): JobMessage => {
  count += 1;
  return {
    id: `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`,
    version: 1,
    tenant: 'a tenant',
    type: 'countdown',
    payload,
    submittedAt: 1_790_000_000_123,
    options: { maxAttempts: 3 },
    fingerprint: 'a fingerprint',
    run: 1,
  };
};

/** What every `JobQueue` does. It runs on the simulated queue, and on the SQS adapter with the emulator. */
export function describeJobQueue(name: string, make: () => QueueUnderTest): void {
  /** Receives the message with this id. Other tests may have left messages in the queue. */
  const receive = async (id: string): Promise<Delivery | undefined> =>
    (await make().receive()).find(({ body }) => body.includes(id));

  describe(`${name} as a JobQueue`, () => {
    test('delivers a message unchanged, with its receive count and its send time in milliseconds', async () => {
      const message = newMessage({
        text: 'ü 🎈 \u0000 \u001f \uFFFE \uFFFF \ud800 <&>"\'',
        deep: [[{ a: null }]],
      });
      const before = Date.now();
      await make().queue.send(message);
      const delivery = await receive(message.id);
      expect(readMessage(delivery?.body ?? '')).toEqual(message);
      expect(delivery?.receiveCount).toBe(1);
      expect(Math.abs((delivery?.sentAt ?? 0) - before)).toBeLessThan(400 * 24 * 3600 * 1000);
    });

    test('accepts the message of a payload of the maximum size', async () => {
      const message = newMessage({ text: '\uFFFE'.repeat(85 * 1024) });
      await make().queue.send(message);
      expect(readMessage((await receive(message.id))?.body ?? '')).toEqual(message);
    });

    test('keeps a received message invisible until the visibility timeout that is set ends, and counts receives', async () => {
      const message = newMessage();
      const { queue, pass } = make();
      await queue.send(message);
      const first = await receive(message.id);
      if (!first) throw new Error('not delivered');
      expect(await receive(message.id)).toBeUndefined();
      await queue.changeVisibility(first, 2);
      expect(await receive(message.id)).toBeUndefined();
      await pass(2.2);
      const second = await receive(message.id);
      expect(second?.receiveCount).toBe(2);
      if (second) await queue.changeVisibility(second, 0);
      expect((await receive(message.id))?.receiveCount).toBe(3);
    });

    test('does not deliver a message early if its visibility timeout is part of a second', async () => {
      const message = newMessage();
      const { queue } = make();
      await queue.send(message);
      const delivery = await receive(message.id);
      if (delivery) await queue.changeVisibility(delivery, 0.2);
      expect(await receive(message.id)).toBeUndefined();
    });

    test('delivers a delayed message only after its delay', async () => {
      const message = newMessage();
      const { queue, pass } = make();
      await queue.send(message, 1.5);
      expect(await receive(message.id)).toBeUndefined();
      await pass(2.2);
      expect(await receive(message.id)).toBeDefined();
    });

    test('sends a copy of a quarantined message to the quarantine queue', async () => {
      const message = newMessage();
      const { queue, receiveQuarantined } = make();
      await queue.send(message);
      const delivery = await receive(message.id);
      if (delivery) await queue.quarantine(delivery, 'a reason \u0000 of any kind');
      const quarantined = (await receiveQuarantined()).find(({ body }) => body.includes(message.id));
      expect(quarantined?.body).toBe(writeMessage(message));
    });
  });
}
