import type { MultipartUploads, ObjectStore } from '../../shared/domain/objects/object-ports.ts';
import type { Instance } from './instance.ts';
import type { World } from './world.ts';

/** The bucket as one instance sees it: every call can fail, and none may harm what an item refers to. */
export function objectPort(world: Bucket, instance: Instance): ObjectStore {
  const { bucket, objectRule, guard, table, time } = world;
  const call = callsOf(world, instance);
  return {
    size: (name) => call('read size', name, () => bucket.size(name)),
    async *read(name, options) {
      yield* await call('read object', name, () => allOf(bucket.read(name, options)));
    },
    put: (object) =>
      call('put object', object.name, async () => {
        await bucket.put(object);
        guard(() => objectRule.onPut(object.name, bucket.objects, time.now));
      }),
    delete: (name) =>
      call('delete object', name, async () => {
        guard(() => objectRule.onDelete(name, table.items));
        await bucket.delete(name);
      }),
  };
}

/** Uploads in parts, as one instance sees them. */
export function uploadPort(world: Bucket, instance: Instance): MultipartUploads {
  const { multipart } = world;
  const call = callsOf(world, instance);
  return {
    partBytes: multipart.partBytes,
    start: (object) => call('start upload', object.name, () => multipart.start(object)),
    putPart: (part) => call('put part', part.name, () => multipart.putPart(part)),
    copyPart: (part) => call('copy part', part.name, () => multipart.copyPart(part)),
    listParts: (upload) => call('read parts', upload.name, () => multipart.listParts(upload)),
    complete: (upload, parts) =>
      call('complete upload', upload.name, () => multipart.complete(upload, parts)),
    abort: (upload) => call('abort upload', upload.name, () => multipart.abort(upload)),
  };
}

const callsOf =
  ({ invariants }: Bucket, instance: Instance) =>
  async <T>(what: string, name: string, effect: () => Promise<T>): Promise<T> => {
    invariants.handlers.onObjectCall(name);
    const answer = await instance.call('bucket', what, effect);
    invariants.handlers.onObjectAnswer(name);
    return answer;
  };

type Bucket = Pick<World, 'bucket' | 'multipart' | 'objectRule' | 'guard' | 'table' | 'time' | 'invariants'>;

async function allOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}
