import { readJson } from '../../shared/domain/base/read-json.ts';
import type { MultipartUploads, ObjectStore } from '../../shared/domain/objects/object-ports.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { objectOfText } from '../../shared/domain/state/stored/stored-text.ts';
import { InMemoryMultipartUploads, InMemoryObjectStore } from '../fakes/in-memory-objects.ts';

import type { WorkerProcess } from './worker-process.ts';

/** So small that the output of a test has several parts. */
const partBytes = 64;

/** The bucket of a run. */
export class PlayBucket {
  readonly #store: InMemoryObjectStore;
  readonly #multipart: InMemoryMultipartUploads;

  constructor(objects: ReadonlyMap<string, Uint8Array>) {
    this.#store = new InMemoryObjectStore(objects);
    this.#multipart = new InMemoryMultipartUploads(this.#store.objects, partBytes);
  }

  /** The bucket as it is. */
  get objects(): ObjectStore {
    return this.#store;
  }

  /** A text of an item, wherever it is. */
  textOf(text: string | undefined): string | undefined {
    const name = objectOfText(text);
    return name === undefined ? text : Buffer.from(this.#store.objects.get(name) ?? []).toString('utf8');
  }

  /** What the handler returned, as it was stored. */
  resultOf(item: JobItem | undefined): unknown {
    const text = item?.result ?? this.#bytesOf(item)?.toString('utf8');
    return text === undefined ? undefined : readJson(text);
  }

  /** What the handler wrote to its output, if it did. */
  outputOf(item: JobItem | undefined): Buffer | undefined {
    return item?.result === undefined ? undefined : this.#bytesOf(item);
  }

  /** The bucket as a process sees it. */
  portsOf(process: WorkerProcess): { readonly objects: ObjectStore; readonly multipart: MultipartUploads } {
    const [store, multipart] = [this.#store, this.#multipart];
    return {
      objects: {
        size: (name, signal) => process.call(() => store.size(name, signal)),
        read: (name, options) => store.read(name, options),
        put: (object) => process.call(() => store.put(object)),
        delete: (name) => process.call(() => store.delete(name)),
      },
      multipart: {
        partBytes,
        start: (object) => process.call(() => multipart.start(object)),
        putPart: (part) => process.call(() => multipart.putPart(part)),
        copyPart: (part) => process.call(() => multipart.copyPart(part)),
        listParts: (upload) => process.call(() => multipart.listParts(upload)),
        complete: (upload, parts) => process.call(() => multipart.complete(upload, parts)),
        abort: (upload) => process.call(() => multipart.abort(upload)),
      },
    };
  }

  #bytesOf(item: JobItem | undefined): Buffer | undefined {
    const bytes = item?.resultObject && this.#store.objects.get(item.resultObject.name);
    return bytes && Buffer.from(bytes);
  }
}
