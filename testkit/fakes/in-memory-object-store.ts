import { MissingObjectError } from '../../shared/job/object-errors.ts';
import type { NewObject, ObjectStore, ReadOptions } from '../../shared/job/object-ports.ts';

const chunkBytes = 64 * 1024;

/** The bucket as a map of objects. It passes the same contract tests as the S3 adapter does against the emulator. */
export class InMemoryObjectStore implements ObjectStore {
  readonly objects: Map<string, Uint8Array>;

  constructor(objects: Iterable<readonly [string, Uint8Array]> = []) {
    this.objects = new Map(objects);
  }

  async size(name: string, signal?: AbortSignal): Promise<number> {
    signal?.throwIfAborted();
    return this.#find(name).length;
  }

  async *read(name: string, { from = 0, signal }: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    signal?.throwIfAborted();
    const bytes = this.#find(name);
    for (let at = from; at < bytes.length; at += chunkBytes) {
      signal?.throwIfAborted();
      yield bytes.subarray(at, at + chunkBytes);
    }
  }

  async put({ name, body }: NewObject): Promise<void> {
    if (!this.objects.has(name)) this.objects.set(name, Uint8Array.from(Buffer.from(body)));
  }

  async delete(name: string): Promise<void> {
    this.objects.delete(name);
  }

  #find(name: string): Uint8Array {
    const bytes = this.objects.get(name);
    if (!bytes) throw new MissingObjectError(`there is no object ${name}`);
    return bytes;
  }
}
