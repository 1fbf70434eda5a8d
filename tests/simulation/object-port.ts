import type { MultipartUploads, ObjectStore } from '../../shared/job/object-ports.ts';
import type { Instance } from './instance.ts';
import type { World } from './world.ts';

/** The bucket as one instance sees it: every call can fail, and none may harm what an item refers to. */
export function objectPort(
  { bucket, objectRule, guard, table, time }: Bucket,
  instance: Instance,
): ObjectStore {
  const call = <T>(what: string, effect: () => Promise<T>) => instance.call('bucket', what, effect);
  return {
    size: (name) => call('read size', () => bucket.size(name)),
    async *read(name, options) {
      yield* await call('read object', () => allOf(bucket.read(name, options)));
    },
    put: (object) =>
      call('put object', async () => {
        await bucket.put(object);
        guard(() => objectRule.onPut(object.name, bucket.objects, time.now));
      }),
    delete: (name) =>
      call('delete object', async () => {
        guard(() => objectRule.onDelete(name, table.items));
        await bucket.delete(name);
      }),
  };
}

/** Uploads in parts, as one instance sees them. */
export function uploadPort({ uploads }: Bucket, instance: Instance): MultipartUploads {
  const call = <T>(what: string, effect: () => Promise<T>) => instance.call('bucket', what, effect);
  return {
    start: (object) => call('start upload', () => uploads.start(object)),
    putPart: (part) => call('put part', () => uploads.putPart(part)),
    listParts: (upload) => call('read parts', () => uploads.listParts(upload)),
    complete: (upload, parts) => call('complete upload', () => uploads.complete(upload, parts)),
    abort: (upload) => call('abort upload', () => uploads.abort(upload)),
  };
}

type Bucket = Pick<World, 'bucket' | 'uploads' | 'objectRule' | 'guard' | 'table' | 'time'>;

async function allOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}
