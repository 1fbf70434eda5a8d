import { expect, test } from '@jest/globals';
import { QueueUnavailableError, StoreUnavailableError } from '../../../../../shared/domain/base/errors.ts';
import {
  fullOrderedMessages,
  jobsBesideLongGroups,
  maxOrderedMessages,
} from '../../../../../shared/domain/base/queue-figures.ts';
import { OrderedQueueFullError } from '../../../../../shared/domain/state/limits/ordered-queue-full-error.ts';
import { problemResponse } from '../../../../../shared/http/wire/respond.ts';
import { GroupDoor } from '../../../../../shared/operations/doors/group-door.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { inMemoryRates } from '../../../../../testkit/fakes/in-memory-rates.ts';
import { recordedLog } from '../../../../../testkit/fakes/recorded-log.ts';
import { aRequest } from '../../../../set-ups/samples.ts';
import { aSubmission, aSubmitter } from '../../../../set-ups/submitter.ts';

/** Two queues: the tenant `acme` has the second. */
function aGroupDoor() {
  const messages: (number | Error)[] = [0, 0];
  const counted: number[] = [];
  const clock = { at: t0, now: () => clock.at };
  const log = recordedLog();
  const rates = inMemoryRates();
  const door = new GroupDoor({
    rates,
    queues: 2,
    count: async (queue) => {
      counted.push(queue);
      const found = messages[queue - 1] ?? 0;
      if (found instanceof Error) throw found;
      return found;
    },
    clock,
    log,
  });
  return { door, rates, messages, counted, clock, log };
}

/** How many of so many jobs are let in. */
async function letIn(door: GroupDoor, tenant: string, jobs: number): Promise<number> {
  let count = 0;
  for (let job = 0; job < jobs; job += 1)
    await door.enter(tenant).then(
      () => {
        count += 1;
      },
      (error: unknown) => expect(error).toBeInstanceOf(OrderedQueueFullError),
    );
  return count;
}

test('who submits to a queue with 90,000 messages is refused, and the tenants of another queue are not', async () => {
  const { door, messages, clock } = aGroupDoor();
  messages[0] = fullOrderedMessages - 1;
  await door.enter('first');
  messages[0] = fullOrderedMessages;
  clock.at += 5_000;
  await expect(door.enter('first')).rejects.toThrow(OrderedQueueFullError);
  await door.enter('acme');
});

test('of a queue with 60,000 messages each tenant gets a few jobs a minute in, also if another one has filled it', async () => {
  const { door, rates, messages, clock } = aGroupDoor();
  messages[0] = maxOrderedMessages - 1;
  expect(await letIn(door, 'first', 100)).toBe(100);
  expect(rates.taken).toBe(0);
  messages[0] = maxOrderedMessages;
  clock.at += 5_000;
  expect(await letIn(door, 'first', 100)).toBe(jobsBesideLongGroups);
  expect(await letIn(door, 'other', 10)).toBe(10);
  clock.at += 60_000;
  expect(await letIn(door, 'first', 100)).toBe(jobsBesideLongGroups);
});

test('while a queue is long, who cannot be counted is refused', async () => {
  const { door, rates, messages, log } = aGroupDoor();
  messages[0] = maxOrderedMessages;
  rates.take = () => Promise.reject(new StoreUnavailableError('not counted'));
  await expect(door.enter('first')).rejects.toThrow(OrderedQueueFullError);
  expect(log.lines).toMatchObject([{ level: 'warn', message: 'job of a group not counted' }]);
});

test('a queue is counted every five seconds at most, whatever number of jobs come', async () => {
  const { door, counted, clock } = aGroupDoor();
  await Promise.all([door.enter('first'), door.enter('other'), door.enter('acme')]);
  await door.enter('first');
  expect(counted).toEqual([1, 2]);
  clock.at += 4_999;
  await door.enter('first');
  clock.at += 1;
  await door.enter('first');
  expect(counted).toEqual([1, 2, 1]);
});

test('who cannot count lets the job in, and says so', async () => {
  const { door, messages, log } = aGroupDoor();
  messages[0] = new QueueUnavailableError('not counted');
  await door.enter('first');
  expect(log.lines).toMatchObject([{ level: 'warn', message: 'ordered queue not counted' }]);
});

test('a job of a group is refused before it is sent, and uses up no limit; a job without a group is accepted', async () => {
  const { submit, sent } = aSubmitter();
  const entered: string[] = [];
  const doors = {
    groupDoor: { enter: () => Promise.reject(new OrderedQueueFullError()) },
    door: { enter: async (tenant: string) => void entered.push(tenant) },
  };
  await expect(submit({ ...aSubmission, group: 'g' }, doors)).rejects.toThrow(OrderedQueueFullError);
  expect([sent(), entered]).toEqual([[], []]);
  await submit(aSubmission, doors);
  expect(sent()).toHaveLength(1);
});

test('a repeated submission of a group is answered although its queue is full', async () => {
  const { submit } = aSubmitter();
  const keyed = { ...aSubmission, group: 'g', idempotencyKey: 'key' };
  await submit(keyed);
  const groupDoor = { enter: () => Promise.reject(new OrderedQueueFullError()) };
  expect(await submit(keyed, { groupDoor })).toMatchObject({ replayed: true });
});

test('the answer is 429, and says when to try again', () => {
  const { statusCode, headers, body } = problemResponse(
    new OrderedQueueFullError(),
    aRequest(),
    recordedLog(),
  );
  expect(statusCode).toBe(429);
  expect(headers).toMatchObject({ 'retry-after': '60' });
  expect(body).toContain('/problems/ordered-queue-full');
});
