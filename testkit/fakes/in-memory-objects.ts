import { createHash } from 'node:crypto';
import { MissingObjectError, UploadGoneError } from '../../shared/domain/objects/object-errors.ts';
import type {
  MultipartUploads,
  NewObject,
  ObjectSigner,
  ObjectStore,
  ReadOptions,
  Upload,
  UploadedPart,
} from '../../shared/domain/objects/object-ports.ts';

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

interface Part extends UploadedPart {
  readonly body: Uint8Array;
}

interface Kept {
  readonly name: string;
  readonly parts: Map<number, Part>;
  /** The etags of the parts that the object was made of. */
  completedAs?: string;
}

/** Uploads in parts, whose objects come into a map. It passes the same contract tests as the S3 adapter does. */
export class InMemoryMultipartUploads implements MultipartUploads {
  readonly #objects: Map<string, Uint8Array>;
  readonly #uploads = new Map<string, Kept>();

  readonly partBytes: number;

  constructor(objects: Map<string, Uint8Array>, partBytes = 8 * 1024 * 1024) {
    this.#objects = objects;
    this.partBytes = partBytes;
  }

  /** The ids of the uploads that have not ended. */
  get open(): readonly string[] {
    return [...this.#uploads].filter(([, { completedAs }]) => completedAs === undefined).map(([id]) => id);
  }

  /** What some parts have, if the upload has not ended. */
  bytesOf({ uploadId }: Upload, numbers: readonly number[]): readonly Uint8Array[] | undefined {
    const kept = this.#uploads.get(uploadId);
    if (!kept || kept.completedAs !== undefined) return undefined;
    return numbers.map((number) => kept.parts.get(number)?.body ?? new Uint8Array());
  }

  async start({ name }: Omit<NewObject, 'body'>): Promise<Upload> {
    const uploadId = `upload-${this.#uploads.size + 1}`;
    this.#uploads.set(uploadId, { name, parts: new Map() });
    return { name, uploadId };
  }

  async putPart({
    number,
    body,
    ...upload
  }: Upload & { number: number; body: Uint8Array }): Promise<UploadedPart> {
    const bytes = Uint8Array.from(body);
    const etag = createHash('md5').update(bytes).digest('hex');
    const part = { number, etag, bytes: bytes.length };
    this.#find(upload).parts.set(number, { ...part, body: bytes });
    return part;
  }

  async copyPart({
    from,
    start,
    end,
    ...part
  }: Parameters<MultipartUploads['copyPart']>[0]): Promise<UploadedPart> {
    const bytes = this.#objects.get(from);
    if (!bytes || bytes.length < end) throw new MissingObjectError(`there is no object ${from} of this size`);
    return this.putPart({ ...part, body: bytes.subarray(start, end) });
  }

  async listParts(upload: Upload): Promise<readonly UploadedPart[]> {
    return [...this.#find(upload).parts.values()]
      .map(({ body: _, ...part }) => part)
      .sort((one, other) => one.number - other.number);
  }

  async complete(upload: Upload, named: readonly UploadedPart[]): Promise<void> {
    const kept = this.#uploads.get(upload.uploadId);
    const etags = named.map(({ etag }) => etag).join(' ');
    // The answer to an earlier request may have been lost.
    if (kept?.completedAs === etags) return;
    const { parts } = this.#find(upload);
    const bodies = named.map(({ number, etag }, index) => {
      const part = parts.get(number);
      if (!part || part.etag !== etag) throw new UploadGoneError('a part is not what it was');
      if (index < named.length - 1 && part.bytes < this.partBytes) throw new Error('a part is too small');
      return part.body;
    });
    if (this.#objects.has(upload.name)) throw new UploadGoneError('there is an object of this name');
    this.#objects.set(upload.name, Uint8Array.from(Buffer.concat(bodies)));
    this.#uploads.set(upload.uploadId, { name: upload.name, parts: new Map(), completedAs: etags });
  }

  async abort({ uploadId }: Upload): Promise<void> {
    if (this.#uploads.get(uploadId)?.completedAs === undefined) this.#uploads.delete(uploadId);
  }

  #find({ name, uploadId }: Upload): Kept {
    const kept = this.#uploads.get(uploadId);
    if (kept?.name !== name || kept.completedAs !== undefined)
      throw new UploadGoneError('there is no such upload');
    return kept;
  }
}

/** Writes into a URL what was asked for. */
export const fakeSigner: ObjectSigner = {
  async signUpload({ name, bytes, contentType }) {
    const headers = { 'content-length': String(bytes), 'content-type': contentType, 'if-none-match': '*' };
    return { method: 'PUT', url: `https://bucket.example/${name}?signed`, headers };
  },
  async signDownload({ name, method = 'GET', fileName, now, expiresSeconds }) {
    const query = new URLSearchParams({ method, now: String(now), expires: String(expiresSeconds) });
    if (fileName !== undefined) query.set('as', fileName);
    return `https://bucket.example/${name}?${query}`;
  },
};
