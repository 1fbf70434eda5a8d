import { never } from '../../domain/base/never.ts';
import type { Clock } from '../../domain/base/ports.ts';
import { ObjectsUnavailableError } from '../../domain/objects/object-errors.ts';
import type { MultipartUploads, ObjectStore } from '../../domain/objects/object-ports.ts';

/** S3 answers within a second, and begins the next part of what it sends. */
const slowMs = 5_000;

/**
 * The bucket of one attempt. It knows since when the attempt waits for an answer: a job whose time is over may not be
 * at fault. After the end of the attempt it begins no call but those that tidy up.
 */
export class BucketWatch {
  readonly #clock: Pick<Clock, 'now'>;
  #isOver = false;
  /** When each call began that is not answered yet. */
  readonly #open = new Set<{ readonly since: number }>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** The attempt has ended, however it did: what it left waiting sends nothing, nor does it go on. */
  end(): void {
    this.#isOver = true;
  }

  /** @returns undefined if the bucket answers */
  get trouble(): ObjectsUnavailableError | undefined {
    const now = this.#clock.now();
    const waitsMs = Math.max(0, ...[...this.#open].map(({ since }) => now - since));
    if (waitsMs < slowMs) return undefined;
    return new ObjectsUnavailableError(`the bucket has not answered for ${Math.round(waitsMs / 1000)} s`);
  }

  objects(all: ObjectStore): ObjectStore {
    const answer = this.#answer;
    return {
      size: (...asked) => answer(() => all.size(...asked)),
      read: (...asked) => this.#read(all.read(...asked)),
      put: (object) => answer(() => all.put(object)),
      delete: (name) => all.delete(name),
    };
  }

  multipart(all: MultipartUploads): MultipartUploads {
    const answer = this.#answer;
    return {
      partBytes: all.partBytes,
      start: (object) => answer(() => all.start(object)),
      putPart: (part) => answer(() => all.putPart(part)),
      copyPart: (part) => answer(() => all.copyPart(part)),
      listParts: (upload) => answer(() => all.listParts(upload)),
      complete: (upload, parts) => answer(() => all.complete(upload, parts)),
      abort: (upload) => all.abort(upload),
    };
  }

  readonly #answer = async <T>(call: () => Promise<T>): Promise<T> => {
    if (this.#isOver) return never();
    const one = { since: this.#clock.now() };
    this.#open.add(one);
    try {
      return await call();
    } finally {
      this.#open.delete(one);
    }
  };

  async *#read(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    const chunks = bytes[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.#answer(() => chunks.next());
        if (next.done) return;
        yield next.value;
      }
    } finally {
      // A reader that stops early sets the connection free.
      await chunks.return?.();
    }
  }
}
