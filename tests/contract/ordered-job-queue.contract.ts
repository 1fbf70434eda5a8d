import { describe, expect, test } from '@jest/globals';
import { type JobMessage, readMessage, writeMessage } from '../../shared/job/message.ts';
import type { Delivery } from '../../shared/job/ports.ts';
import type { QueueUnderTest } from './job-queue.contract.ts';

/** An ordered `JobQueue`, and what a test needs besides the port. */
export interface OrderedQueueUnderTest extends QueueUnderTest {
  /** Deletes a received message, as an event source mapping does. */
  delete(delivery: Delivery): Promise<void>;
}

let count = 0;
const newGroup = (): string => {
  count += 1;
  return `group ${count}`;
};
const newMessage = (group: string, over: Partial<JobMessage> = {}): JobMessage => {
  count += 1;
  return {
    id: `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`,
    version: 1,
    tenant: 'a tenant',
    type: 'countdown',
    payload: { seconds: 1 },
    submittedAt: 1_790_000_000_123,
    options: { maxAttempts: 3, group },
    fingerprint: 'a fingerprint',
    run: 1,
    ...over,
  };
};

type Make = () => OrderedQueueUnderTest;

async function sendAll(make: Make, messages: readonly JobMessage[]): Promise<void> {
  for (const message of messages) await make().queue.send(message);
}

/** Receives all visible messages, and returns those of these groups. */
async function receive(make: Make, ...groups: readonly string[]): Promise<readonly Delivery[]> {
  const received: Delivery[] = [];
  let more: readonly Delivery[];
  do {
    more = await make().receive();
    received.push(...more.filter(({ body }) => groups.includes(groupOf(body))));
  } while (more.length > 0);
  return received;
}

/** Receives the one message of a group that the queue can deliver now. */
async function receiveOne(make: Make, group: string): Promise<Delivery | undefined> {
  const [delivery, ...more] = await receive(make, group);
  expect(more).toEqual([]);
  return delivery;
}

async function receiveFirst(make: Make, group: string): Promise<Delivery> {
  const delivery = await receiveOne(make, group);
  if (!delivery) throw new Error(`no message was received of ${group}`);
  return delivery;
}

/** Receives and deletes all messages of a group, one after the other. */
async function drain(make: Make, group: string): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  for (;;) {
    const delivery = await receiveOne(make, group);
    if (!delivery) return all;
    all.push(readMessage(delivery.body));
    await make().delete(delivery);
  }
}

/** What every ordered `JobQueue` does. It runs on the simulated queue, and on the SQS adapter with the emulator. */
export function describeOrderedJobQueue(name: string, make: Make): void {
  describe(`${name} as an ordered JobQueue`, () => {
    test('states that it is ordered', () => {
      expect(make().queue.isOrdered).toBe(true);
    });

    test('delivers the messages of a group one at a time, in the order in which they were sent', async () => {
      const group = newGroup();
      const messages = Array.from({ length: 5 }, () => newMessage(group));
      await sendAll(make, messages);
      expect(await drain(make, group)).toEqual(messages);
    });

    test('delivers no message of a group while one of its messages is in flight, but delivers other groups', async () => {
      const [group, other] = [newGroup(), newGroup()];
      const [first, second, unrelated] = [newMessage(group), newMessage(group), newMessage(other)];
      const { queue, pass } = make();
      await sendAll(make, [first, second]);
      const delivery = await receiveFirst(make, group);
      await queue.changeVisibility(delivery, 2);
      await sendAll(make, [unrelated]);
      expect((await receive(make, group, other)).map(({ body }) => readMessage(body))).toEqual([unrelated]);
      await pass(2.2);
      expect(await receiveFirst(make, group)).toMatchObject({ body: writeMessage(first), receiveCount: 2 });
    });

    test('delivers a returned message before the later messages of its group', async () => {
      const group = newGroup();
      const messages = [newMessage(group), newMessage(group)];
      await sendAll(make, messages);
      const first = await receiveFirst(make, group);
      await make().queue.changeVisibility(first, 0);
      const redelivered = await receiveFirst(make, group);
      expect(redelivered).toMatchObject({ messageId: first.messageId, body: first.body, receiveCount: 2 });
      await make().queue.changeVisibility(redelivered, 0);
      expect(await drain(make, group)).toEqual(messages);
    });

    test('makes a message visible again by its receipt handle alone, long before its visibility timeout ends', async () => {
      const group = newGroup();
      const messages = [newMessage(group), newMessage(group)];
      await sendAll(make, messages);
      const { receiptHandle, ...first } = await receiveFirst(make, group);
      await make().queue.changeVisibility({ receiptHandle }, 36_000);
      expect(await receiveOne(make, group)).toBeUndefined();
      await make().queue.changeVisibility({ receiptHandle }, 0);
      expect((await receiveFirst(make, group)).messageId).toBe(first.messageId);
    });

    test('drops a duplicate of a recent message, even of a deleted one, but not another run or another request', async () => {
      const group = newGroup();
      const message = newMessage(group);
      const next = { ...message, run: 2 };
      const other = { ...message, fingerprint: 'another' };
      await sendAll(make, [message, message, next, other, next]);
      expect(await drain(make, group)).toEqual([message, next, other]);
      await sendAll(make, [other, message]);
      expect(await drain(make, group)).toEqual([]);
    });

    test('does not mix the groups of two tenants that have the same name', async () => {
      const group = newGroup();
      await sendAll(make, [newMessage(group), newMessage(group, { tenant: 'another tenant' })]);
      expect(await receive(make, group)).toHaveLength(2);
    });

    test('accepts a group and a tenant of any name', async () => {
      const group = `${'🎈'.repeat(62)} \u0000\n"`;
      const message = newMessage(group, { tenant: 'auth0|ü \ud800 <a@b.c>' });
      await sendAll(make, [message]);
      expect(await drain(make, group)).toEqual([message]);
    });

    test('ignores a delay, so that no later message overtakes an earlier one', async () => {
      const group = newGroup();
      const messages = [newMessage(group), newMessage(group)];
      for (const [index, message] of messages.entries()) await make().queue.send(message, 60 - index * 60);
      expect(await drain(make, group)).toEqual(messages);
    });

    test('sends copies of quarantined messages of a group that can be received at the same time', async () => {
      const group = newGroup();
      const messages = [newMessage(group), newMessage(group)];
      await sendAll(make, messages);
      for (let left = messages.length; left > 0; left -= 1) {
        const delivery = await receiveFirst(make, group);
        await make().queue.quarantine(delivery, 'a reason \u0000 of any kind');
        await make().delete(delivery);
      }
      const quarantined = (await make().receiveQuarantined()).map(({ body }) => body);
      expect(quarantined).toEqual(expect.arrayContaining(messages.map(writeMessage)));
    });
  });
}

function groupOf(body: string): string {
  const message = readMessage(body);
  return message instanceof Error ? '' : (message.options.group ?? '');
}
