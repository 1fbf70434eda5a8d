import { InvalidResultError } from '../../domain/base/errors.ts';
import type { Clock } from '../../domain/base/ports.ts';
import {
  type MultipartUploads,
  maxPartNumber,
  type ObjectStore,
  type Upload,
  type UploadedPart,
} from '../../domain/objects/object-ports.ts';
import { checkedContentType, resultNameOf, type StoredObject } from '../../domain/objects/stored-object.ts';

export interface OutputDependencies {
  readonly objects: ObjectStore;
  readonly multipart: MultipartUploads;
  readonly clock: Clock;
}

/** Who writes: the name of the result and the numbers of its parts follow from the claim. */
export interface Writer {
  readonly tenant: string;
  readonly id: string;
  readonly run: number;
  readonly fencingToken: number;
}

/** What was written before this slice, as far as the saved state knows of it. */
export interface RestoredOutput {
  readonly contentType: string;
  readonly upload: Upload | undefined;
  readonly parts: readonly UploadedPart[];
  readonly tail: Uint8Array;
  readonly bytes: number;
}

/** An output as it was at one moment. */
export interface OutputSnapshot {
  readonly contentType: string;
  readonly upload: Promise<Upload> | undefined;
  readonly parts: readonly Promise<UploadedPart>[];
  readonly tail: Uint8Array;
  readonly bytes: number;
}

const maxOutputBytes = 5 * 1024 ** 3;
/**
 * The claims of a job take turns with part numbers. A worker that has lost its lease may still be sending a part: it
 * must not replace the one that the next worker has sent in its place.
 */
const turns = 15;

/** @param index of the part in the result, from 0 @returns from 1 to 10,000 */
export const partNumber = (index: number, { fencingToken }: Pick<Writer, 'fencingToken'>): number =>
  index * turns + (fencingToken % turns) + 1;

/** A place in an output: what is written after it can be dropped. */
interface Mark {
  readonly parts: number;
  readonly tail: Uint8Array;
  readonly bytes: number;
}

/** A result that a handler writes piece by piece: it is sent in parts, and becomes one object in the end. */
export class OutputStream {
  readonly #writer: Writer;
  readonly #deps: OutputDependencies;
  #contentType: string | undefined;
  #upload: Promise<Upload> | undefined;
  /** Once it is known. */
  #started: Upload | undefined;
  #parts: Promise<UploadedPart>[] = [];
  /**
   * No part of this claim takes the number of another one, also if that was dropped: its request may still be on its
   * way.
   */
  #nextIndex = 0;
  /** Where the step began that writes now. */
  #mark: Mark | undefined;
  #tail: Uint8Array[] = [];
  #tailBytes = 0;
  #bytes = 0;
  #isFinished = false;

  constructor(writer: Writer, deps: OutputDependencies) {
    this.#writer = writer;
    this.#deps = deps;
  }

  /** Goes on after what was written before. */
  restore({ contentType, upload, parts, tail, bytes }: RestoredOutput): void {
    this.#contentType = contentType;
    this.#upload = upload && Promise.resolve(upload);
    this.#started = upload;
    this.#parts = parts.map((part) => Promise.resolve(part));
    this.#nextIndex = Math.max(0, ...parts.map(({ number }) => Math.floor((number - 1) / turns) + 1));
    this.#tail = [tail];
    this.#tailBytes = tail.length;
    this.#bytes = bytes;
  }

  /** Whether the job streams its result. */
  get isOpen(): boolean {
    return this.#contentType !== undefined;
  }

  /** Whether the handler has returned: what it left running changes neither the result nor the state. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Those that are written by now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A result that goes on keeps its first type. @throws InvalidResultError for what can be none */
  open(contentType: string): void {
    this.#contentType ??= checkedContentType(contentType);
  }

  /** Resolves when there is room for more. @throws InvalidResultError if there is too much */
  async write(chunk: string | Uint8Array): Promise<void> {
    if (this.#isFinished) throw new InvalidResultError('the output is finished');
    // A copy: the caller may use its buffer again.
    const bytes = Buffer.from(chunk);
    if (this.#bytes + bytes.length > maxOutputBytes)
      throw new InvalidResultError(`a streamed result may have ${maxOutputBytes} bytes`);
    this.#tail.push(bytes);
    this.#tailBytes += bytes.length;
    this.#bytes += bytes.length;
    const { partBytes } = this.#deps.multipart;
    const sent: Promise<UploadedPart>[] = [];
    if (this.#tailBytes >= partBytes) {
      // Once: of a large chunk, every copy would be in memory until its part is sent.
      const all = this.#takeTail();
      const end = all.length - (all.length % partBytes);
      for (let at = 0; at < end; at += partBytes) sent.push(this.#send(all.subarray(at, at + partBytes)));
      this.#tail = [all.subarray(end)];
      this.#tailBytes = all.length - end;
    }
    await Promise.all(sent);
  }

  /** A step begins to write. */
  begin(): void {
    this.#mark ??= { parts: this.#parts.length, tail: this.#joinedTail(), bytes: this.#bytes };
  }

  /** What the step has written stays. */
  accept(): void {
    this.#mark = undefined;
  }

  /** What a step has written that has not ended well is no part of the result. */
  drop(): void {
    const mark = this.#mark;
    if (!mark) return;
    this.#mark = undefined;
    this.#parts = this.#parts.slice(0, mark.parts);
    this.#tail = [mark.tail];
    this.#tailBytes = mark.tail.length;
    this.#bytes = mark.bytes;
  }

  snapshot(): OutputSnapshot | undefined {
    if (this.#contentType === undefined) return undefined;
    const tail = this.#joinedTail();
    const [contentType, upload, bytes] = [this.#contentType, this.#upload, this.#bytes];
    return { contentType, upload, parts: [...this.#parts], tail, bytes };
  }

  /**
   * Makes the object.
   * @returns where it is; undefined if the job does not stream its result
   * @throws UploadGoneError
   */
  async finish(): Promise<StoredObject | undefined> {
    this.#isFinished = true;
    this.drop();
    const contentType = this.#contentType;
    if (contentType === undefined) return undefined;
    const tail = this.#takeTail();
    if (!this.#upload) {
      const name = resultNameOf(this.#writer);
      await this.#deps.objects.put({ name, body: tail, contentType });
      return { name, bytes: this.#bytes, contentType };
    }
    if (tail.length > 0) await this.#send(tail);
    const upload = await this.#upload;
    await this.#deps.multipart.complete(upload, await Promise.all(this.#parts));
    return { name: upload.name, bytes: this.#bytes, contentType };
  }

  /**
   * Gives up what was sent, unless it belongs to a saved state. An upload that is still starting is left to the bucket.
   */
  async abortUnless(saved: Upload | undefined): Promise<void> {
    const upload = this.#started;
    if (upload && upload.uploadId !== saved?.uploadId) await this.#deps.multipart.abort(upload);
  }

  #joinedTail(): Uint8Array {
    const tail = this.#takeTail();
    this.#tail = [tail];
    this.#tailBytes = tail.length;
    return tail;
  }

  #takeTail(): Uint8Array {
    const all = Buffer.concat(this.#tail);
    this.#tail = [];
    this.#tailBytes = 0;
    return all;
  }

  #send(body: Uint8Array): Promise<UploadedPart> {
    const { multipart } = this.#deps;
    const number = partNumber(this.#nextIndex, this.#writer);
    if (number > maxPartNumber) throw new InvalidResultError('the result has too many parts');
    this.#nextIndex += 1;
    this.#upload ??= multipart.start({
      name: resultNameOf(this.#writer),
      contentType: this.#contentType ?? '',
    });
    const sending = this.#upload.then((started) => {
      this.#started = started;
      return multipart.putPart({ ...started, number, body });
    });
    // A handler that writes without awaiting gets the error with its next awaited call.
    sending.catch(() => undefined);
    this.#parts.push(sending);
    return sending;
  }
}
