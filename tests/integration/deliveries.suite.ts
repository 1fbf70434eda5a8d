import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type JobMessage, writeMessage } from '../../shared/domain/state/job/message.ts';
import { submissionMessage } from '../../shared/operations/submit/submit-job.ts';
import { SeededRandom } from '../../testkit/play/seeded-random.ts';
import { lambdaContext, sqsEvent } from './events.ts';
import { eventually } from './eventually.ts';
import { useHolds } from './holds.ts';
import type { System } from './system.ts';

let system: System;

let count = 0;
const message = (payload: unknown = { seconds: 0 }, maxAttempts = 3): JobMessage => {
  count += 1;
  const id = `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`;
  return submissionMessage(
    { tenant: 'public', type: 'counting', payload, maxAttempts },
    { id, fingerprint: `fingerprint of ${id}`, now: Date.now() },
  );
};

const deliver = (...bodies: readonly string[]) => system.worker(sqsEvent(bodies), lambdaContext(60_000));
const eventsOf = async ({ id }: JobMessage) => (await system.get(id)).history.map(({ event }) => event);

export function describeDeliveries(running: () => System): void {
  const hold = useHolds();
  beforeAll(() => {
    system = running();
  });

  beforeEach(() => {
    system.table.treat = () => 'pass';
    system.queue.treat = () => 'pass';
  });

  test('the worker quarantines an unreadable message of a batch, and processes the nine others', async () => {
    const good = Array.from({ length: 9 }, () => message());
    const bodies = good.map(writeMessage);
    bodies.splice(4, 0, '{"not": "a job"}');
    expect(await deliver(...bodies)).toEqual({ batchItemFailures: [] });
    for (const each of good) expect((await system.get(each.id)).status).toBe('succeeded');
    const quarantined = await eventually(async () => {
      const messages = await system.receive('quarantine');
      return messages.length > 0 ? messages : undefined;
    }, 'the message in quarantine');
    expect(quarantined).toEqual([{ body: '{"not": "a job"}', reason: expect.stringContaining('id') }]);
  });

  test('the worker runs a message once that a batch has twice, and deletes it at a delivery after the end', async () => {
    const twice = message({ seconds: 1 });
    const { batchItemFailures } = await deliver(writeMessage(twice), writeMessage(twice));
    expect(batchItemFailures).toHaveLength(1);
    expect(await eventsOf(twice)).toEqual(['started', 'succeeded']);
    expect(await deliver(writeMessage(twice))).toEqual({ batchItemFailures: [] });
    expect(await eventsOf(twice)).toEqual(['started', 'succeeded']);
  });

  test('the worker runs one of ten copies of a message that are delivered at the same time', async () => {
    // It runs until the other nine were answered.
    const { heldBy, release } = hold();
    const job = message({ seconds: 1, heldBy });
    let answered = 0;
    const deliverOne = async () => {
      const answer = await deliver(writeMessage(job));
      answered += 1;
      if (answered === 9) await release();
      return answer;
    };
    const answers = await Promise.all(Array.from({ length: 10 }, deliverOne));
    expect(answers.filter(({ batchItemFailures }) => batchItemFailures.length === 0)).toHaveLength(1);
    expect(await eventsOf(job)).toEqual(['started', 'succeeded']);
  });

  test('submit accepts a job whose message the worker claims before submit writes the item', async () => {
    let sent: string | undefined;
    system.queue.treat = (operation, body) => {
      if (operation === 'SendMessage') sent = String(JSON.parse(body).MessageBody);
      return 'pass';
    };
    system.table.before = async (operation) => {
      if (operation !== 'UpdateItem' || sent === undefined) return;
      const body = sent;
      // The worker writes, too.
      sent = undefined;
      await deliver(body);
    };
    const job = await system.submit('counting', { seconds: 0 });
    system.table.before = async () => {};
    expect(job).toMatchObject({ status: 'succeeded', attempt: 1 });
  });

  test('a worker that has lost its lease does not write its result, and returns the message', async () => {
    const { heldBy, release } = hold();
    const taken = message({ seconds: 1, heldBy });
    const delivering = deliver(writeMessage(taken));
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
    await release();
    expect((await delivering).batchItemFailures).toHaveLength(1);
    expect(await system.get(taken.id)).toMatchObject({ status: 'running', result: null });
  });

  test.each(['claim', 'outcome'])(
    'a job runs once if the answer to the write of its %s is lost',
    async (write) => {
      const lost = message();
      let writes = 0;
      system.table.treat = (operation) => {
        if (operation === 'UpdateItem') writes += 1;
        return operation === 'UpdateItem' && writes === (write === 'claim' ? 1 : 2) ? 'lose-answer' : 'pass';
      };
      const { batchItemFailures } = await deliver(writeMessage(lost));
      // The repeated write of an outcome fails its condition, so the message is returned. At its next delivery the job has
      // finished, and the worker deletes the message.
      expect(batchItemFailures).toHaveLength(write === 'claim' ? 0 : 1);
      expect(await deliver(writeMessage(lost))).toEqual({ batchItemFailures: [] });
      expect(await eventsOf(lost)).toEqual(['started', 'succeeded']);
      expect((await system.get(lost.id)).attempt).toBe(1);
    },
  );

  test('the worker runs every message once, in any order and in batches of any size', async () => {
    const messages = Array.from({ length: 24 }, () => message());
    const random = new SeededRandom(Date.now());
    const bodies = random.shuffle(messages.map(writeMessage));
    while (bodies.length > 0) {
      const batch = bodies.splice(0, 1 + random.below(10));
      expect(await deliver(...batch)).toEqual({ batchItemFailures: [] });
    }
    for (const each of messages) expect(await eventsOf(each)).toEqual(['started', 'succeeded']);
  });

  test('the next delivery fails a job that crashed in its last attempt', async () => {
    const crashed = message({ seconds: 0 }, 1);
    await deliver(writeMessage(crashed), writeMessage(message()));
    await system.aws.dynamoDb.send(
      new UpdateItemCommand({
        TableName: system.aws.tableName,
        Key: { id: { S: crashed.id } },
        UpdateExpression: 'SET #status = :running, leaseUntil = :past',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':running': { S: 'running' }, ':past': { N: '1' } },
      }),
    );
    expect(await deliver(writeMessage(crashed))).toEqual({ batchItemFailures: [] });
    expect(await system.get(crashed.id)).toMatchObject({
      status: 'failed',
      error: { name: 'AttemptsExhaustedError' },
    });
  });
}
