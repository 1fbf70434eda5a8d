import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, expect, test } from '@jest/globals';
import { s3ObjectStore } from '../../shared/aws/objects/object-store.ts';
import { fromAttributes } from '../../shared/aws/records/attribute-value.ts';
import { MissingObjectError } from '../../shared/domain/objects/object-errors.ts';
import type { ObjectStore } from '../../shared/domain/objects/object-ports.ts';
import { readItem } from '../../shared/domain/state/job/item.ts';
import { uploadResponse } from '../../shared/http/requests/upload-request.ts';
import { bucketEnvironment } from '../bucket-environment.ts';
import { eventually } from './eventually.ts';
import { useHolds } from './holds.ts';
import type { System } from './system.ts';

let system: System;

const post = (id: string, action: 'cancel' | 'retry') => system.call('POST', `/jobs/${id}/${action}`);
const untilRunning = (id: string) =>
  eventually(async () => (await system.get(id)).status === 'running' || undefined, 'the job to run');

export function describeControl(running: () => System): void {
  const hold = useHolds();
  beforeAll(() => {
    system = running();
    system.start();
  });

  test('a running job that is canceled stops at its next heartbeat, without a result', async () => {
    // It ends by the cancel, or not at all.
    const { heldBy } = hold();
    const { id } = await system.submit('counting', { seconds: 1, heldBy });
    await untilRunning(id);
    const writes: string[] = [];
    const canceling = post(id, 'cancel');
    system.table.treat = (operation, body) => {
      if (operation === 'UpdateItem' && body.includes(id)) writes.push(body);
      return 'pass';
    };
    expect((await canceling).status).toBe(202);
    const job = await system.finished(id);
    system.table.reset();
    // The cancel and a heartbeat may be on their way at the same time; the next one has heard of it, and the end is the last.
    expect(writes.length).toBeLessThanOrEqual(4);
    expect(job).toMatchObject({ status: 'canceled', result: null });
    expect((await post(id, 'cancel')).status).toBe(200);
    await system.drained();
  });

  test('a finished job can be neither canceled nor retried', async () => {
    const { id } = await system.submit('counting', { seconds: 0 });
    await system.finished(id);
    expect((await post(id, 'cancel')).status).toBe(409);
    expect((await post(id, 'retry')).status).toBe(409);
  });

  test('a canceled job that is retried runs and succeeds', async () => {
    const { heldBy, release } = hold();
    const { id } = await system.submit('counting', { seconds: 3, heldBy });
    await untilRunning(id);
    await post(id, 'cancel');
    await system.finished(id);
    await release();
    expect((await post(id, 'retry')).status).toBe(202);
    const job = await system.finished(id);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 1, result: { seconds: 3 } });
    expect(job.history.map(({ event }) => event)).toEqual([
      'started',
      'canceled',
      'resubmitted',
      'started',
      'succeeded',
    ]);
  });

  test('a job that is canceled during its backoff is canceled at once, and can be retried while its old message exists', async () => {
    const { id } = await system.submit('counting', { seconds: 0, failFirst: 1 });
    await eventually(
      async () => (await system.get(id)).history.length === 2 || undefined,
      'the first attempt',
    );
    const canceled = await post(id, 'cancel');
    // The backoff is random. If it is over already, the second attempt may end before it sees the cancel.
    const isCanceled = canceled.status === 200 || (await system.finished(id)).status === 'canceled';
    if (isCanceled) expect((await post(id, 'retry')).status).toBe(202);
    expect((await system.finished(id)).status).toBe('succeeded');
  });

  test('a message that cannot be read is quarantined with a reason', async () => {
    await system.send('{"neither": "here nor there"}');
    const quarantined = await eventually(async () => {
      const messages = await system.receive('quarantine');
      return messages.length > 0 ? messages : undefined;
    }, 'the message in quarantine');
    expect(quarantined).toEqual([
      { body: '{"neither": "here nor there"}', reason: expect.stringContaining('tenant') },
    ]);
    await system.drained();
  });
}

let objects: ObjectStore;

const itemOf = async (id: string) => {
  const input = { TableName: system.aws.tableName, Key: { id: { S: id } } };
  const { Item } = await system.aws.dynamoDb.send(new GetItemCommand(input));
  const item = readItem(fromAttributes(Item ?? {}));
  return { item, bytes: JSON.stringify(item).length, object: item.messageObject ?? 'none' };
};

/** Names of columns make the payload large. */
const column = 'orders'.padEnd(200, '.');
const metrics = Array.from({ length: 50 }, () => ({ column, op: 'sum' }));
const csv = `city,${column}\nRome,1\n`;

/** A job with a payload of 10 KB fails, since its object was not uploaded. */
async function failed() {
  const body = JSON.stringify({ bytes: Buffer.byteLength(csv), contentType: 'text/csv' });
  const { object, upload } = uploadResponse.parse(
    JSON.parse((await system.call('POST', '/uploads', { body })).body),
  );
  const { id } = await system.submit('csv-sums', { object, groupBy: 'city', metrics });
  expect((await system.finished(id)).error?.name).toBe('MissingObjectError');
  return { id, upload };
}

export function describeKeptMessages(running: () => System): void {
  beforeAll(() => {
    system = running();
    system.start();
    objects = s3ObjectStore(bucketEnvironment('bucket', system.aws.s3Endpoint));
  });

  test('a job with a large payload fails with a small item, and is retried by the message in its object', async () => {
    const { id, upload } = await failed();
    const { bytes, object } = await itemOf(id);
    expect(bytes).toBeLessThan(2_000);
    expect(await objects.size(object)).toBeGreaterThan(10_000);

    const { 'content-length': _, ...headers } = upload.headers;
    expect((await fetch(upload.url, { method: 'PUT', headers, body: csv })).status).toBe(200);
    expect((await system.call('POST', `/jobs/${id}/retry`)).status).toBe(202);
    expect(await system.finished(id)).toMatchObject({ status: 'succeeded', result: { rows: 1 } });
    expect((await itemOf(id)).object).toBe('none');
    await system.drained();
    await expect(objects.size(object)).rejects.toThrow(MissingObjectError);
  });

  test('a job that is erased leaves no object', async () => {
    const { id } = await failed();
    const { object } = await itemOf(id);
    expect((await system.call('DELETE', `/jobs/${id}`)).status).toBe(204);
    await expect(objects.size(object)).rejects.toThrow(MissingObjectError);
  });

  test('a job with a payload of 100 KB is canceled while it waits for its time, and retried', async () => {
    const payload = {
      csv: `a,b\n${'x,1\n'.repeat(25_000)}`,
      groupBy: 'a',
      metrics: [{ column: 'b', op: 'sum' }],
    };
    const { id } = await system.request({ type: 'csv-sums', payload, delaySeconds: 2 });
    expect((await system.call('POST', `/jobs/${id}/cancel`)).status).toBe(200);
    const { bytes, object } = await eventually(async () => {
      const found = await itemOf(id);
      return found.item.message === undefined ? undefined : found;
    }, 'the message to be saved');
    expect(bytes).toBeLessThan(2_000);
    expect(await objects.size(object)).toBeGreaterThan(100_000);
    expect((await system.call('POST', `/jobs/${id}/retry`)).status).toBe(202);
    expect(await system.finished(id)).toMatchObject({ status: 'succeeded', result: { rows: 25_000 } });
    await system.drained();
    await expect(objects.size(object)).rejects.toThrow(MissingObjectError);
  });
}
