import { describe, expect, test } from '@jest/globals';
import { type JobMessage, readMessage, writeMessage } from '../../shared/job/message.ts';
import type { Delivery } from '../../shared/job/ports.ts';
import type { QueueUnderTest } from './job-queue.contract.ts';

/** An ordered `JobQueue`, with what a test needs beside the port. */
export interface OrderedQueueUnderTest extends QueueUnderTest {
  /** Removes a received message, as its event source mapping does. */
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

/** Receives until nothing comes any more: all that there is of these groups. */
async function receive(make: Make, ...groups: readonly string[]): Promise<readonly Delivery[]> {
  const received: Delivery[] = [];
  let more: readonly Delivery[];
  do {
    more = await make().receive();
    received.push(...more.filter(({ body }) => groups.includes(groupOf(body))));
  } while (more.length > 0);
  return received;
}

/** What comes of one group: it has but one message at a time to give. */
async function receiveOne(make: Make, group: string): Promise<Delivery | undefined> {
  const [delivery, ...more] = await receive(make, group);
  expect(more).toEqual([]);
  return delivery;
}

async function receiveFirst(make: Make, group: string): Promise<Delivery> {
  const delivery = await receiveOne(make, group);
  if (!delivery) throw new Error(`nothing came of ${group}`);
  return delivery;
}

/** What comes of a group, one after the other. */
async function drain(make: Make, group: string): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  for (;;) {
    const delivery = await receiveOne(make, group);
    if (!delivery) return all;
    all.push(readMessage(delivery.body));
    await make().delete(delivery);
  }
}

/** What every ordered `JobQueue` does. Run on the simulated queue, and on the adapter over the wire. */
export function describeOrderedJobQueue(name: string, make: Make): void {
  describe(`${name} as an ordered JobQueue`, () => {
    test('says that it is ordered', () => {
      expect(make().queue.isOrdered).toBe(true);
    });

    test('delivers a group one at a time, in the order in which it was sent', async () => {
      const group = newGroup();
      const messages = Array.from({ length: 5 }, () => newMessage(group));
      await sendAll(make, messages);
      expect(await drain(make, group)).toEqual(messages);
    });

    test('delivers nothing of a group while a message of it is out or hidden, but of other groups', async () => {
      const [group, other] = [newGroup(), newGroup()];
      const [first, second, beside] = [newMessage(group), newMessage(group), newMessage(other)];
      const { queue, pass } = make();
      await sendAll(make, [first, second]);
      const held = await receiveFirst(make, group);
      await queue.changeVisibility(held, 2);
      await sendAll(make, [beside]);
      expect((await receive(make, group, other)).map(({ body }) => readMessage(body))).toEqual([beside]);
      await pass(2.2);
      expect(await receiveFirst(make, group)).toMatchObject({ body: writeMessage(first), receiveCount: 2 });
    });

    test('delivers what was given back before all that comes after it', async () => {
      const group = newGroup();
      const messages = [newMessage(group), newMessage(group)];
      await sendAll(make, messages);
      const first = await receiveFirst(make, group);
      await make().queue.changeVisibility(first, 0);
      const again = await receiveFirst(make, group);
      expect(again).toMatchObject({ messageId: first.messageId, body: first.body, receiveCount: 2 });
      await make().queue.changeVisibility(again, 0);
      expect(await drain(make, group)).toEqual(messages);
    });

    test('shows by its receipt alone what was hidden for long, to whoever has kept that', async () => {
      const group = newGroup();
      const messages = [newMessage(group), newMessage(group)];
      await sendAll(make, messages);
      const { receiptHandle, ...first } = await receiveFirst(make, group);
      await make().queue.changeVisibility({ receiptHandle }, 36_000);
      expect(await receiveOne(make, group)).toBeUndefined();
      await make().queue.changeVisibility({ receiptHandle }, 0);
      expect((await receiveFirst(make, group)).messageId).toBe(first.messageId);
    });

    test('swallows what it has just taken, also when that is gone; but no other run and no other request', async () => {
      const group = newGroup();
      const message = newMessage(group);
      const next = { ...message, run: 2 };
      const other = { ...message, fingerprint: 'another' };
      await sendAll(make, [message, message, next, other, next]);
      expect(await drain(make, group)).toEqual([message, next, other]);
      await sendAll(make, [other, message]);
      expect(await drain(make, group)).toEqual([]);
    });

    test('keeps apart the groups of two tenants that have the same name', async () => {
      const group = newGroup();
      await sendAll(make, [newMessage(group), newMessage(group, { tenant: 'another tenant' })]);
      expect(await receive(make, group)).toHaveLength(2);
    });

    test('takes a group and a tenant of any name', async () => {
      const group = `${'🎈'.repeat(62)} \u0000\n"`;
      const message = newMessage(group, { tenant: 'auth0|ü \ud800 <a@b.c>' });
      await sendAll(make, [message]);
      expect(await drain(make, group)).toEqual([message]);
    });

    test('takes no heed of a delay: what comes later must not overtake', async () => {
      const group = newGroup();
      const messages = [newMessage(group), newMessage(group)];
      for (const [index, message] of messages.entries()) await make().queue.send(message, 60 - index * 60);
      expect(await drain(make, group)).toEqual(messages);
    });

    test('quarantines copies, which need not wait for each other', async () => {
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
