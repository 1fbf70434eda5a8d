import { createHash } from 'node:crypto';
import { MissingObjectError, UploadGoneError } from '../../shared/job/object-errors.ts';
import type { MultipartUploads, NewObject, Upload, UploadedPart } from '../../shared/job/object-ports.ts';

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
