import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { ChildState } from '../../client/src/children.ts';
import type { Client } from '../../client/src/client.ts';
import { createClient } from '../../client/src/create-client.ts';
import * as errors from '../../client/src/errors.ts';
import { eventually } from '../integration/eventually.ts';
import type { HttpSystem } from '../integration/http-system.ts';
import { contracts } from '../job-types/contracts.ts';
import { yearly } from '../system/start-system.ts';

const csv = 'city,price\nRome,1\nOslo,2\nRome,4\n';
const sum = { groupBy: 'city', metrics: [{ column: 'price', op: 'sum' as const }] };
const unknownId = '00000000-0000-4000-8000-000000000000';

export const callsSuite = (system: () => HttpSystem): void =>
  describe('a client of a running system', () => {
    let client: Client<typeof contracts>;
    let key: string;
    /** What was sent to other hosts than the API's. */
    const elsewhere: Request[] = [];
    beforeAll(async () => {
      key = await system().keyOf('client');
      const fetch = (request: Request) => {
        if (!request.url.startsWith(system().address)) elsewhere.push(request);
        return globalThis.fetch(request);
      };
      client = createClient({ url: system().address, key, contracts, fetch });
    });

    test('submits a job, and waits for its result', async () => {
      const job = await client.submit('csv-sums', { csv, ...sum });
      const { status, result } = await client.wait(job);
      expect(status).toBe('succeeded');
      expect(result.groups.map(({ values }) => values)).toEqual([[2], [5]]);
      expect(await client.result(job.statusUrl)).toEqual(result);
      expect((await client.get(job.id)).result).toEqual(result);
    });

    test('gets a job that ends in time with its submission', async () => {
      // On a busy machine it may not end within five seconds. The same key then asks for the same job.
      const options = { waitSeconds: 5, idempotencyKey: crypto.randomUUID() };
      let job = await client.submit('counting', { seconds: 0 }, options);
      for (let tries = 1; job.status !== 'succeeded' && tries < 4; tries += 1)
        job = await client.submit('counting', { seconds: 0 }, options);
      expect(job).toMatchObject({ status: 'succeeded', result: { seconds: 0 } });
    });

    test('gets the same job for the same key, and an error if it is for another payload', async () => {
      const options = { idempotencyKey: 'say "7"' };
      const { id } = await client.submit('counting', { seconds: 0 }, options);
      expect((await client.submit('counting', { seconds: 0 }, options)).id).toBe(id);
      await expect(client.submit('counting', { seconds: 1 }, options)).rejects.toThrow(errors.KeyReusedError);
    });

    test('watches a job to its end', async () => {
      const seen: string[] = [];
      for await (const { status } of client.watch(await client.submit('counting', { seconds: 2 })))
        seen.push(status);
      expect(seen.length).toBeGreaterThan(1);
      expect(seen.at(-1)).toBe('succeeded');
      expect(seen.slice(0, -1)).not.toContain('succeeded');
    });

    test('sees a failure as an error, retries the job, and is told what does not go', async () => {
      const failing = await client.submit('csv-sums', { csv, ...sum, groupBy: 'country' });
      const error = await client.wait(failing).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(errors.JobFailedError);
      expect(error).toHaveProperty('job.error.name', 'ColumnError');
      await expect(client.cancel(failing)).rejects.toThrow(errors.ConflictError);
      await expect(client.result(failing)).rejects.toThrow(errors.NotFoundError);
      expect((await client.retry(failing)).history.map(({ event }) => event)).toContain('resubmitted');
      await expect(client.wait(failing)).rejects.toThrow(errors.JobFailedError);
    });

    test('cancels a job, and erases it', async () => {
      const job = await client.submit('counting', { seconds: 60 }, { delaySeconds: 60 });
      await expect(client.wait(job, { timeoutSeconds: 0.5 })).rejects.toThrow(errors.WaitTimeoutError);
      await client.cancel(job);
      await expect(client.wait(job)).rejects.toThrow(errors.JobCanceledError);
      await client.erase(job);
      await expect(client.get(job)).rejects.toThrow(errors.NotFoundError);
    });

    test('sees how far the children of a job are, and which did not succeed', async () => {
      const payload = { count: 3, failing: [1], tagged: 'customer' };
      const sheet = await client.submit('contact-sheet', payload);
      await expect(client.wait(sheet)).rejects.toThrow(errors.JobFailedError);
      const counted = { key: 'children', type: 'csv-sums', count: 3, ended: 3, unsuccessful: 1 };
      expect(await client.batches(sheet)).toEqual([counted]);
      const listed = async (status?: ChildState) => {
        const seen: unknown[] = [];
        for await (const child of client.children(sheet, 'children', { status }))
          seen.push([child.index, child.status, child.tags, child.error?.name]);
        return seen;
      };
      const failed = [1, 'failed', ['customer 1'], 'ColumnError'];
      expect(await listed()).toEqual([
        [0, 'succeeded', ['customer 0'], undefined],
        failed,
        [2, 'succeeded', ['customer 2'], undefined],
      ]);
      expect(await listed('unsuccessful')).toEqual([failed]);
      expect(await listed('open')).toEqual([]);
      const found: unknown[] = [];
      for await (const { parent } of client.list({ tags: ['customer 2'] })) found.push(parent);
      expect(found).toEqual([{ id: sheet.id, index: 2 }]);
      for await (const { parent } of client.list({ type: 'csv-sums', status: 'succeeded' }))
        expect(parent).toBeUndefined();
      await expect(client.children(sheet, 'a/b').next()).rejects.toThrow(errors.NotFoundError);
      expect(await client.batches(await client.submit('counting', { seconds: 0 }))).toEqual([]);
    });

    test('looks at one child, cancels it, and asks for those that do not succeed again', async () => {
      const last = 39;
      const sheet = await client.submit('contact-sheet', { count: last + 1, type: 'counting' });
      await eventually(
        async () => (await client.batches(sheet)).length > 0 || undefined,
        'the job to spawn its children',
      );
      const child = await client.child(sheet, 'children', last);
      expect(child).toMatchObject({ type: 'counting', parent: { id: sheet.id, index: last } });
      expect((await client.cancelChild(sheet, 'children', last)).id).toBe(child.id);
      await expect(client.child(sheet, 'children', last + 1)).rejects.toThrow(errors.NotFoundError);
      await expect(client.retryChildren(sheet, 'a/b')).rejects.toThrow(errors.NotFoundError);
      const asked = await eventually(
        () => client.retryChildren(sheet, 'children').catch(() => undefined),
        'the job to wait for its children',
      );
      expect(asked.id).toBe(sheet.id);
      // The child was canceled once, and is made again.
      expect((await client.wait(sheet)).result).toMatchObject({ count: last + 1 });
      expect((await client.child(sheet, 'children', last)).status).toBe('succeeded');
      await expect(client.retryChildren(sheet, 'children')).rejects.toThrow(errors.ConflictError);
    });

    test('submits many at once, and lists them page by page', async () => {
      const many = Array.from({ length: 5 }, () => ({
        type: 'counting' as const,
        payload: { seconds: 0 },
        tags: ['many'],
      }));
      const results = await client.submitAll([...many, { type: 'csv-sums', payload: { ...sum } }]);
      expect(results.map(({ error }) => error?.constructor)).toEqual([
        ...Array(5).fill(undefined),
        errors.InvalidRequestError,
      ]);
      await Promise.all(results.map(({ job }) => job && client.wait(job)));
      const listed: string[] = [];
      for await (const { id } of client.list({ tags: ['many'], pageSize: 2 })) listed.push(id);
      expect(listed.sort()).toEqual(results.flatMap(({ job }) => job?.id ?? []).sort());
    });

    test('uploads a stream as it comes, and bytes', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'client-'));
      try {
        await writeFile(join(folder, 'a.csv'), csv);
        const stream = createReadStream(join(folder, 'a.csv'));
        const names = [
          await client.upload(stream, { bytes: csv.length, contentType: 'text/csv' }),
          await client.upload(csv),
        ];
        for (const object of names) {
          const job = await client.wait(await client.submit('csv-sums', { object, ...sum }));
          expect(job.result.rows).toBe(3);
        }
      } finally {
        await rm(folder, { recursive: true });
      }
    });

    test('fetches a large result from the bucket, which gets no credential', async () => {
      elsewhere.length = 0;
      const rows = Array.from({ length: 3_000 }, (_, index) => `city number ${index},${index}\n`);
      const large = `city,price\n${rows.join('')}`;
      const job = await client.wait(await client.submit('csv-sums', { csv: large, ...sum }));
      expect(job.resultObject?.bytes).toBeGreaterThan(100_000);
      expect(job.result.groups).toHaveLength(3_000);
      const response = await client.download(job);
      expect(await response.json()).toEqual(job.result);
      expect(elsewhere).toHaveLength(2);
      for (const { headers } of elsewhere) expect([...headers.keys()]).not.toContain('authorization');
    });

    test('is told by the class of an error what is wrong', async () => {
      const { address } = system();
      await expect(createClient({ url: address, key: 'sjw_none' }).get(unknownId)).rejects.toThrow(
        errors.UnauthenticatedError,
      );
      const reader = createClient({
        url: address,
        key: await system().keyOf('client', { rights: ['read'] }),
      });
      await expect(reader.submit('counting', { seconds: 0 })).rejects.toThrow(errors.ForbiddenError);
      await expect(client.wait(unknownId)).rejects.toThrow(errors.NotFoundError);
      await expect(client.submit('csv-sums', { csv: 'x'.repeat(300_000), ...sum })).rejects.toThrow(
        errors.TooLargeError,
      );
      const untyped = createClient({ url: address, key });
      await expect(untyped.submit('counting', { seconds: 'five' })).rejects.toMatchObject({
        name: 'InvalidRequestError',
        errors: [{ pointer: '/payload/seconds' }],
      });
    });

    test('says the same of a payload as the API does', async () => {
      const payload = { seconds: -1, failFirst: 'x' };
      const untyped = createClient({ url: system().address, key });
      const here = await client.submit('counting', payload as never).catch((error: unknown) => error);
      const there = await untyped.submit('counting', payload).catch((error: unknown) => error);
      expect(here).toMatchObject({ errors: (there as errors.InvalidRequestError).errors });
    });

    test('knows the job types, and runs and pauses schedules', async () => {
      const types = await client.jobTypes();
      expect(types.map(({ type }) => type).sort()).toEqual(Object.keys(contracts).sort());
      const operator = createClient({ url: system().address, key: await system().keyOf('the-owner') });
      expect((await operator.schedules()).map(({ name }) => name)).toContain(yearly.own);
      expect((await operator.pauseSchedule(yearly.own)).paused).toBe(true);
      const job = await operator.runSchedule(yearly.own, { idempotencyKey: 'by hand' });
      expect((await operator.runSchedule(yearly.own, { idempotencyKey: 'by hand' })).id).toBe(job.id);
      expect((await operator.wait(job)).tags).toEqual([`schedule:${yearly.own}`]);
      expect((await operator.resumeSchedule(yearly.own)).paused).toBe(false);
      await expect(operator.runSchedule('none')).rejects.toThrow(errors.NotFoundError);
    });
  });
