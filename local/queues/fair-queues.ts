import type { buildApp } from 'fauxqs';
import * as z from 'zod/mini';
import { FairOrder } from './fair-order.ts';
import type { Queues } from './fauxqs-storage.ts';

type Sqs = Awaited<ReturnType<typeof buildApp>>;
type Queue = NonNullable<ReturnType<Queues['getQueue']>>;
type Message = Queue['messages'][number];

const operation = z.object({ QueueUrl: z.string() });
const sent = z.object({ MessageGroupId: z.string(), MessageId: z.string() });
const entries = z.object({
  Entries: z.array(z.object({ Id: z.string(), MessageGroupId: z.optional(z.string()) })),
  Successful: z.array(z.object({ Id: z.string(), MessageId: z.string() })),
});

/** SQS takes a message without a group for that of another tenant. */
const tenantOf = ({ messageGroupId, messageId }: Message): string => messageGroupId ?? messageId;

/**
 * Makes fauxqs deliver from standard queues as SQS does from fair ones: fauxqs 2.4.1 forgets the group of a message in
 * a standard queue, and delivers in the order of arrival. A receive that waits is given what comes first. Of messages
 * that were loaded from a data directory nobody knows the group. This file and fair-order.ts can be deleted when fauxqs
 * does it.
 */
export function deliverFairly(sqs: Sqs, queues: Queues): void {
  const orders = new WeakMap<Queue, FairOrder>();
  const standardQueue = (body: unknown): Queue | undefined => {
    const named = operation.safeParse(body);
    const queue = named.success ? queues.getQueue(named.data.QueueUrl) : undefined;
    return queue?.isFifo() ? undefined : queue;
  };

  sqs.addHook('preHandler', async ({ body, headers }) => {
    const queue = standardQueue(body);
    if (!queue) return;
    const order = orders.get(queue) ?? new FairOrder();
    orders.set(queue, order);
    order.look(Date.now(), inFlightOf(queue));
    if (headers['x-amz-target'] !== 'AmazonSQS.ReceiveMessage') return;
    queue.processTimers(); // what becomes visible now takes part
    const rankOf = order.ranks();
    queue.messages = inOrder(queue.messages, (message) => rankOf(tenantOf(message)));
  });

  sqs.addHook('preSerialization', async ({ body }, _reply, answer) => {
    const queue = standardQueue(body);
    if (queue)
      for (const [id, group] of groupsOf({ ...Object(body), ...Object(answer) })) keep(queue, id, group);
    return answer;
  });
}

function inFlightOf(queue: Queue): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { message } of queue.inflightMessages.values()) {
    const tenant = tenantOf(message);
    counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
  }
  return counts;
}

/** Those of one rank stay as they are. */
const inOrder = (messages: readonly Message[], rankOf: (message: Message) => number): Message[] =>
  messages
    .map((message) => ({ message, rank: rankOf(message) }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ message }) => message);

/** The groups of messages that were sent, by the ids of the messages. @param call the request and its answer */
function groupsOf(call: unknown): readonly (readonly [string, string])[] {
  const one = sent.safeParse(call);
  if (one.success) return [[one.data.MessageId, one.data.MessageGroupId]];
  const several = entries.safeParse(call);
  if (!several.success) return [];
  const groups = new Map(several.data.Entries.map(({ Id, MessageGroupId }) => [Id, MessageGroupId]));
  return several.data.Successful.flatMap(({ Id, MessageId }) => {
    const group = groups.get(Id);
    return group === undefined ? [] : [[MessageId, group] as const];
  });
}

function keep(queue: Queue, id: string, group: string): void {
  const hasId = ({ messageId }: Message) => messageId === id;
  const received = [...queue.inflightMessages.values()].map(({ message }) => message);
  const message =
    queue.messages.findLast(hasId) ?? queue.delayedMessages.findLast(hasId) ?? received.findLast(hasId);
  if (message) message.messageGroupId = group;
}
