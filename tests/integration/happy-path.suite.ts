import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, expect, test } from '@jest/globals';
import type { System } from './system.ts';

let system: System;

const csv = 'city,price\r\nRome,1\r\nOslo,2\r\nRome,4\r\n';
const aggregation = { csv, groupBy: 'city', metrics: [{ column: 'price', op: 'sum' }] };

export function describeHappyPath(running: () => System): void {
  beforeAll(() => {
    system = running();
  });

  test('a job is accepted at once, runs, and is shown with its result', async () => {
    const accepted = await system.submit('csv-sums', aggregation);
    expect(accepted).toMatchObject({ status: 'queued', attempt: 0, result: null, startedAt: null });
    expect(accepted.statusUrl).toBe(`https://api.example.com/jobs/${accepted.id}`);
    system.start();
    const job = await system.finished(accepted.id);
    expect(job).toMatchObject({
      status: 'succeeded',
      attempt: 1,
      error: null,
      result: {
        rows: 3,
        groups: [
          { key: 'Oslo', values: [2] },
          { key: 'Rome', values: [5] },
        ],
      },
    });
    expect(job.history.map(({ event, attempt }) => [event, attempt])).toEqual([
      ['started', 1],
      ['succeeded', 1],
    ]);
    await system.drained();
  });

  test('a short job needs three writes to the table and one sent message; its worker reads what is paused', async () => {
    await system.halt();
    system.table.operations.length = 0;
    system.queue.operations.length = 0;
    const { id } = await system.submit('csv-sums', aggregation);
    system.start();
    await system.drained();
    const { operations } = system.table;
    expect(operations.filter((name) => name !== 'GetItem')).toEqual([
      'UpdateItem',
      'UpdateItem',
      'UpdateItem',
    ]);
    // One in three seconds, whatever number of jobs a process has.
    expect(operations.length).toBeLessThanOrEqual(4);
    expect(system.queue.operations).toEqual(['SendMessage']);
    expect((await system.get(id)).status).toBe('succeeded');
  });

  test('the item of an ordinary finished job is smaller than 1 KB', async () => {
    const { id } = await system.submit('csv-sums', aggregation);
    await system.finished(id);
    const input = { TableName: system.aws.tableName, Key: { id: { S: id } } };
    const { Item = {} } = await system.aws.dynamoDb.send(new GetItemCommand(input));
    // The size of an item is that of its names and values. Their JSON form is longer.
    expect(JSON.stringify(Item).length).toBeGreaterThan(300);
    expect(JSON.stringify(Item).length).toBeLessThan(1000);
  });

  test('a job that fails twice is retried, and its history has every attempt', async () => {
    const { id } = await system.submit('counting', { seconds: 1, failFirst: 2 });
    const job = await system.finished(id);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 3, result: { seconds: 1 } });
    expect(job.history.map(({ event, attempt }) => `${event} ${attempt}`)).toEqual([
      'started 1',
      'retrying 1',
      'started 2',
      'retrying 2',
      'started 3',
      'succeeded 3',
    ]);
  });

  test('a job with a permanent error fails in its first attempt, and shows the error', async () => {
    const { id } = await system.submit('csv-sums', { ...aggregation, groupBy: 'country' });
    const job = await system.finished(id);
    expect(job).toMatchObject({ status: 'failed', attempt: 1, result: null });
    expect(job.error?.message).toContain('country');
  });

  test('each of 200 jobs ends once, with the right result, if every message is sent twice', async () => {
    const bodies: string[] = [];
    system.queue.treat = (operation, body) => {
      if (operation === 'SendMessage') bodies.push(String(JSON.parse(body).MessageBody));
      return 'pass';
    };
    const jobs = await Promise.all(
      Array.from({ length: 200 }, (_, index) => {
        const headers = { 'idempotency-key': `job-${index}` };
        if (index % 2 === 0)
          return system.submit('csv-sums', { ...aggregation, csv: `${csv}Rome,${index}\r\n` }, headers);
        const seconds = index % 4 === 1 ? 0 : 1;
        return system.submit('counting', { seconds, ...(index % 20 === 1 ? { failFirst: 1 } : {}) }, headers);
      }),
    );
    system.queue.treat = () => 'pass';
    await Promise.all(bodies.map((body) => system.send(body)));
    // Asking after each of them all the time would take longer than the jobs.
    for (const name of ['standard', 'long'] as const) await system.drained(name);
    const ended = await Promise.all(jobs.map(({ id }) => system.finished(id)));
    ended.forEach(({ status, result, error, history }, index) => {
      if (status !== 'succeeded') throw new Error(JSON.stringify({ index, status, error, history }));
      expect(history.filter(({ event }) => event === 'succeeded')).toHaveLength(1);
      expect(result).toEqual(
        index % 2 === 0
          ? {
              rows: 4,
              groups: [
                { key: 'Oslo', values: [2] },
                { key: 'Rome', values: [5 + index] },
              ],
            }
          : { seconds: index % 4 === 1 ? 0 : 1 },
      );
    });
    expect(bodies.length).toBeGreaterThanOrEqual(200);
  });
}
