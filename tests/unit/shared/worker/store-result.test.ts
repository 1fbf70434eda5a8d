import { expect, test } from '@jest/globals';
import { InvalidResultError, LeaseLostError } from '../../../../shared/job/errors.ts';
import { OutputStream } from '../../../../shared/worker/output-stream.ts';
import { storeResult } from '../../../../shared/worker/store-result.ts';
import { aRunningItem } from '../../../set-ups/samples.ts';
import { aWorker } from '../../../set-ups/worker.ts';

const item = aRunningItem();

function storing(requireLease = () => {}) {
  const { deps, objects } = aWorker();
  const output = new OutputStream(item, deps);
  const textOf = (name = '') => Buffer.from(objects.objects.get(name) ?? []).toString('utf8');
  return {
    output,
    objects,
    textOf,
    store: (text: string) => storeResult(text, { item, output, objects, requireLease }),
  };
}

/** A JSON text of as many bytes. */
const textOfBytes = (bytes: number): string => JSON.stringify('é'.repeat((bytes - 2) / 2));

test('a result of up to 32 KB is stored in the item alone', async () => {
  const { store, objects } = storing();
  const text = textOfBytes(32 * 1024);
  expect(await store(text)).toEqual({ result: text });
  expect(objects.objects.size).toBe(0);
});

test('a larger one is stored in an object, which is named by job, run and fencing token', async () => {
  const { store, textOf } = storing();
  const text = textOfBytes(32 * 1024 + 2);
  const { result, resultObject } = await store(text);
  expect(result).toBeUndefined();
  expect(resultObject).toMatchObject({ bytes: 32 * 1024 + 2, contentType: 'application/json' });
  expect(resultObject?.name).toMatch(
    new RegExp(`^results/[\\w-]{22}/${item.id}/${item.run}/${item.fencingToken}$`),
  );
  expect(textOf(resultObject?.name)).toBe(text);
});

test('one of over 16 MB is refused: it must be streamed', async () => {
  const { store } = storing();
  const frame = 16 * 1024 * 1024;
  await expect(store(textOfBytes(frame + 2))).rejects.toThrow(InvalidResultError);
  await expect(store(textOfBytes(frame + 2))).rejects.toThrow('write it to the output');
});

test('what was streamed becomes an object, beside what the handler returned', async () => {
  const { store, output, textOf } = storing();
  output.open('text/csv');
  await output.write('a,b\n');
  const { result, resultObject } = await store('{"rows":0}');
  expect(result).toBe('{"rows":0}');
  expect(resultObject).toMatchObject({ bytes: 4, contentType: 'text/csv' });
  expect(textOf(resultObject?.name)).toBe('a,b\n');
});

test('beside a stream, the handler returns 32 KB at most', async () => {
  const { store, output } = storing();
  output.open('text/csv');
  await expect(store(textOfBytes(32 * 1024 + 2))).rejects.toThrow(InvalidResultError);
});

test('a worker that may have lost the job writes no object, and the item decides about a small result', async () => {
  const lost = () => {
    throw new LeaseLostError('the lease has run out');
  };
  const { store, output, objects } = storing(lost);
  expect(await store('1')).toEqual({ result: '1' });
  await expect(store(textOfBytes(32 * 1024 + 2))).rejects.toThrow(LeaseLostError);
  output.open('text/csv');
  await expect(store('1')).rejects.toThrow(LeaseLostError);
  expect(objects.objects.size).toBe(0);
});
