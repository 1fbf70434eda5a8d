import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type JobMessage, writeMessage } from '../../shared/job/message.ts';
import { submissionMessage } from '../../shared/operations/submit-job.ts';
import { lambdaContext, sqsEvent } from './events.ts';
import { eventually } from './eventually.ts';
import { type System, startSystem } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());
beforeEach(() => {
  system.table.treat = () => 'pass';
  system.queue.treat = () => 'pass';
});

let count = 0;
const message = (payload: unknown = { seconds: 0 }, maxAttempts = 3): JobMessage => {
  count += 1;
  const id = `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`;
  return submissionMessage(
    { tenant: 'public', type: 'countdown', payload, maxAttempts },
    { id, fingerprint: `fingerprint of ${id}`, now: Date.now() },
  );
};

const work = (...bodies: readonly string[]) => system.worker(sqsEvent(bodies), lambdaContext(60_000));
const eventsOf = async ({ id }: JobMessage) => (await system.get(id)).history.map(({ event }) => event);

test('one bad message is quarantined and nine good ones are processed', async () => {
  const good = Array.from({ length: 9 }, () => message());
  const bodies = good.map(writeMessage);
  bodies.splice(4, 0, '{"not": "a job"}');
  expect(await work(...bodies)).toEqual({ batchItemFailures: [] });
  for (const each of good) expect((await system.get(each.id)).status).toBe('succeeded');
  const quarantined = await eventually(async () => {
    const bodies = await system.peek('quarantine');
    return bodies.length > 0 ? bodies : undefined;
  }, 'the message in quarantine');
  expect(quarantined).toEqual([{ body: '{"not": "a job"}', reason: expect.stringContaining('id') }]);
});

test('a message delivered twice in one batch runs once; delivered after the end it is deleted', async () => {
  const twice = message({ seconds: 1 });
  const { batchItemFailures } = await work(writeMessage(twice), writeMessage(twice));
  expect(batchItemFailures).toHaveLength(1);
  expect(await eventsOf(twice)).toEqual(['started', 'succeeded']);
  expect(await work(writeMessage(twice))).toEqual({ batchItemFailures: [] });
  expect(await eventsOf(twice)).toEqual(['started', 'succeeded']);
});

test('of ten copies at once one runs', async () => {
  const copied = message({ seconds: 1 });
  const answers = await Promise.all(Array.from({ length: 10 }, () => work(writeMessage(copied))));
  expect(answers.filter(({ batchItemFailures }) => batchItemFailures.length === 0)).toHaveLength(1);
  expect(await eventsOf(copied)).toEqual(['started', 'succeeded']);
});

test('a claim before the put of submit leaves one job, and submit accepts it', async () => {
  let held: string | undefined;
  system.queue.treat = (operation, body) => {
    if (operation === 'SendMessage') held = String(JSON.parse(body).MessageBody);
    return 'pass';
  };
  let claims = 0;
  system.table.treat = () => {
    claims += 1;
    return 'pass';
  };
  system.table.before = async () => {
    if (claims === 1 && held) await work(held);
  };
  const job = await system.submit('countdown', { seconds: 0 });
  system.table.before = async () => {};
  expect(job).toMatchObject({ status: 'succeeded', attempt: 1 });
});

test('a worker that lost its lease does not write its result', async () => {
  const taken = message({ seconds: 3 });
  const working = work(writeMessage(taken));
  await eventually(
    async () => (await system.call('GET', `/jobs/${taken.id}`)).status === 200 || undefined,
    'a claim',
  );
  await system.aws.dynamoDb.send(
    new UpdateItemCommand({
      TableName: system.aws.tableName,
      Key: { id: { S: taken.id } },
      UpdateExpression: 'SET #fencingToken = :fencingToken',
      ExpressionAttributeNames: { '#fencingToken': 'fencingToken' },
      ExpressionAttributeValues: { ':fencingToken': { N: '7' } },
    }),
  );
  expect((await working).batchItemFailures).toHaveLength(1);
  expect(await system.get(taken.id)).toMatchObject({ status: 'running', result: null });
});

test.each(['claim', 'outcome'])(
  'the lost answer of a %s costs nothing but a repeated call',
  async (which) => {
    const lost = message();
    let writes = 0;
    system.table.treat = (operation) => {
      if (operation === 'UpdateItem') writes += 1;
      return operation === 'UpdateItem' && writes === (which === 'claim' ? 1 : 2) ? 'lose-answer' : 'pass';
    };
    const { batchItemFailures } = await work(writeMessage(lost));
    // A repeated outcome is refused: the message comes again, finds the job finished, and is deleted.
    expect(batchItemFailures).toHaveLength(which === 'claim' ? 0 : 1);
    expect(await work(writeMessage(lost))).toEqual({ batchItemFailures: [] });
    expect(await eventsOf(lost)).toEqual(['started', 'succeeded']);
    expect((await system.get(lost.id)).attempt).toBe(1);
  },
);

test('messages in any order, in batches of any size, are all worked off', async () => {
  const messages = Array.from({ length: 24 }, () => message());
  const bodies = messages.map(writeMessage).sort(() => Math.random() - 0.5);
  while (bodies.length > 0) {
    const batch = bodies.splice(0, 1 + Math.floor(Math.random() * 10));
    expect(await work(...batch)).toEqual({ batchItemFailures: [] });
  }
  for (const each of messages) expect(await eventsOf(each)).toEqual(['started', 'succeeded']);
});

test('a job whose attempts are spent by crashes is failed by whoever finds it', async () => {
  const crashed = message({ seconds: 0 }, 1);
  await work(writeMessage(crashed), writeMessage(message()));
  const set = 'SET #status = :running, leaseUntil = :past';
  await system.aws.dynamoDb.send(
    new UpdateItemCommand({
      TableName: system.aws.tableName,
      Key: { id: { S: crashed.id } },
      UpdateExpression: set,
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':running': { S: 'running' }, ':past': { N: '1' } },
    }),
  );
  expect(await work(writeMessage(crashed))).toEqual({ batchItemFailures: [] });
  expect(await system.get(crashed.id)).toMatchObject({
    status: 'failed',
    error: { name: 'AttemptsExhaustedError' },
  });
});
