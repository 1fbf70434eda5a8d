import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod/mini';
import { type Address, headersText, type ObjectStore, requireAbsent } from './object-store.ts';
import type { Received } from './receive-body.ts';
import { S3Error } from './s3-error.ts';

const minPartBytes = 5 * 1024 * 1024;
const maxParts = 10_000;

const partRow = z.object({
  number: z.number(),
  file: z.string(),
  size: z.number(),
  md5: z.string(),
  modified: z.number(),
});
export type Part = z.infer<typeof partRow>;

/** A part as the request that completes an upload names it. */
export interface NamedPart {
  readonly number: number;
  readonly etag: string;
}

interface Completion {
  readonly named: readonly NamedPart[];
  readonly onlyIfAbsent: boolean;
}

/** Uploads in parts. The parts of an object become one file when the upload is completed. */
export class MultipartUploads {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** @returns the id of the upload */
  create({ bucket, key }: Address, headers: Readonly<Record<string, string>>): string {
    const id = randomUUID();
    this.#store.database
      .prepare('INSERT INTO uploads (id, bucket, key, headers) VALUES (?, ?, ?, ?)')
      .run(id, bucket, key, JSON.stringify(headers));
    return id;
  }

  /** @throws S3Error unless there is an upload with this id, to this key */
  require(id: string, { bucket, key }: Address): { readonly headers: Readonly<Record<string, string>> } {
    const row = this.#store.database
      .prepare('SELECT headers FROM uploads WHERE id = ? AND bucket = ? AND key = ?')
      .get(id, bucket, key);
    if (row === undefined)
      throw new S3Error('NoSuchUpload', 'The specified multipart upload does not exist.');
    return { headers: headersText.parse(row.headers) };
  }

  /** In the order of their numbers. */
  parts(id: string): readonly Part[] {
    const rows = this.#store.database.prepare('SELECT * FROM parts WHERE upload = ? ORDER BY number').all(id);
    return z.array(partRow).parse(rows);
  }

  /** Replaces a part of this number. The upload may have ended while the body came in. */
  putPart(id: string, number: number, { address, body }: { address: Address; body: Received }): void {
    this.require(id, address);
    const former = this.parts(id).find((part) => part.number === number);
    this.#store.database
      .prepare(
        'INSERT OR REPLACE INTO parts (upload, number, file, size, md5, modified) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(id, number, body.file, body.size, body.md5, this.#store.now());
    if (former) this.#store.removeBody(former.file);
  }

  abort(id: string, address: Address): void {
    this.require(id, address);
    this.#remove(id);
  }

  /** @returns the etag of the new object */
  async complete(id: string, address: Address, { named, onlyIfAbsent }: Completion): Promise<string> {
    const { headers } = this.require(id, address);
    if (onlyIfAbsent) requireAbsent(this.#store.find(address));
    const parts = chosenParts(this.parts(id), named);
    const file = randomUUID();
    const md5s = createHash('md5');
    for (const part of parts) md5s.update(Buffer.from(part.md5, 'hex'));
    const etag = `"${md5s.digest('hex')}-${parts.length}"`;
    const size = parts.reduce((sum, part) => sum + part.size, 0);
    try {
      for (const part of parts)
        await pipeline(
          createReadStream(join(this.#store.bodies, part.file)),
          createWriteStream(join(this.#store.bodies, file), { flags: 'a' }),
        );
      // Another request may have completed or aborted the upload meanwhile.
      this.require(id, address);
      this.#store.put(address, { body: { file, size }, etag, headers, onlyIfAbsent });
    } catch (error) {
      this.#store.removeBody(file);
      this.require(id, address);
      throw error;
    }
    this.#remove(id);
    return etag;
  }

  #remove(id: string): void {
    const parts = this.parts(id);
    this.#store.database.prepare('DELETE FROM uploads WHERE id = ?').run(id);
    this.#store.database.prepare('DELETE FROM parts WHERE upload = ?').run(id);
    for (const { file } of parts) this.#store.removeBody(file);
  }
}

/** @throws S3Error if a part is not there as it is named, or is too small */
function chosenParts(parts: readonly Part[], named: readonly NamedPart[]): readonly Part[] {
  if (named.length === 0) throw new S3Error('MalformedXML', 'The XML you provided was not well-formed');
  return named.map(({ number, etag }, index) => {
    const part = parts.find((each) => each.number === number && each.md5 === etag.replaceAll('"', ''));
    if (part === undefined)
      throw new S3Error('InvalidPart', 'One or more of the specified parts could not be found.');
    if (number <= (named[index - 1]?.number ?? 0))
      throw new S3Error('InvalidPartOrder', 'The list of parts was not in ascending order.');
    if (index < named.length - 1 && part.size < minPartBytes)
      throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
    return part;
  });
}

/** @throws S3Error if it is none of S3's part numbers */
export function partNumberOf(text: string): number {
  if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= maxParts) return Number(text);
  throw new S3Error('InvalidArgument', `Part number must be an integer between 1 and ${maxParts}, inclusive`);
}
