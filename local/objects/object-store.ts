import { mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod/mini';
import { type CorsRules, corsConfiguration } from './cors.ts';
import type { Received } from './receive-body.ts';
import { S3Error } from './s3-error.ts';

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, cors TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT, key TEXT, file TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL, modified INTEGER NOT NULL,
    headers TEXT NOT NULL, PRIMARY KEY (bucket, key)
  );
  CREATE TABLE IF NOT EXISTS uploads (id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, headers TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS parts (
    upload TEXT, number INTEGER, file TEXT NOT NULL, size INTEGER NOT NULL, md5 TEXT NOT NULL, modified INTEGER NOT NULL,
    PRIMARY KEY (upload, number)
  );`;

export const headersText = z.pipe(
  z.pipe(
    z.string(),
    z.transform((text): unknown => JSON.parse(text)),
  ),
  z.record(z.string(), z.string()),
);
const objectRow = z.object({
  file: z.string(),
  size: z.number(),
  etag: z.string(),
  modified: z.number(),
  headers: headersText,
});
const fileRows = z.array(z.object({ file: z.string() }));

export interface StoredObject extends z.infer<typeof objectRow> {}

/** Where an object is. */
export interface Address {
  readonly bucket: string;
  readonly key: string;
}

export interface NewObject {
  readonly body: Pick<Received, 'file' | 'size'>;
  readonly etag: string;
  /** What is answered with the object, such as its `content-type`. */
  readonly headers: Readonly<Record<string, string>>;
  /** `If-None-Match: *` */
  readonly onlyIfAbsent: boolean;
}

/**
 * Objects in a folder: each body is a file, and a database knows which file is which object. A body is complete before
 * the database names its file, so an object is there as a whole or not at all, however the process ends.
 */
export class ObjectStore {
  readonly bodies: string;
  readonly database: DatabaseSync;
  readonly now: () => number;

  constructor(folder: string, now: () => number) {
    this.bodies = join(folder, 'bodies');
    this.now = now;
    mkdirSync(this.bodies, { recursive: true });
    this.database = new DatabaseSync(join(folder, 'objects.db'));
    this.database.exec(schema);
    this.#removeOrphans();
  }

  createBucket(name: string): void {
    this.database.prepare("INSERT OR IGNORE INTO buckets (name, cors) VALUES (?, '[]')").run(name);
  }

  setCors(bucket: string, rules: CorsRules): void {
    this.requireBucket(bucket);
    this.database.prepare('UPDATE buckets SET cors = ? WHERE name = ?').run(JSON.stringify(rules), bucket);
  }

  /** None for an unknown bucket. */
  corsOf(bucket: string): CorsRules {
    const row = this.database.prepare('SELECT cors FROM buckets WHERE name = ?').get(bucket);
    return row === undefined ? [] : corsConfiguration.shape.CorsRules.parse(JSON.parse(String(row.cors)));
  }

  requireBucket(name: string): void {
    if (this.database.prepare('SELECT 1 FROM buckets WHERE name = ?').get(name) === undefined)
      throw new S3Error('NoSuchBucket', 'The specified bucket does not exist');
  }

  find({ bucket, key }: Address): StoredObject | undefined {
    const row = this.database.prepare('SELECT * FROM objects WHERE bucket = ? AND key = ?').get(bucket, key);
    return row === undefined ? undefined : objectRow.parse(row);
  }

  /** Opens a body. It can be read to its end, also if its object is overwritten meanwhile. */
  open({ file }: Pick<StoredObject, 'file'>): number {
    return openSync(join(this.bodies, file), 'r');
  }

  /** @throws S3Error, and keeps the object that is there, if the new one must be the first */
  put({ bucket, key }: Address, { body, etag, headers, onlyIfAbsent }: NewObject): void {
    const former = this.find({ bucket, key });
    if (onlyIfAbsent) requireAbsent(former);
    this.database
      .prepare(
        `INSERT OR REPLACE INTO objects (bucket, key, file, size, etag, modified, headers)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(bucket, key, body.file, body.size, etag, this.now(), JSON.stringify(headers));
    if (former) this.removeBody(former.file);
  }

  /** The object need not be there. */
  delete({ bucket, key }: Address): void {
    const former = this.find({ bucket, key });
    this.database.prepare('DELETE FROM objects WHERE bucket = ? AND key = ?').run(bucket, key);
    if (former) this.removeBody(former.file);
  }

  removeBody(file: string): void {
    rmSync(join(this.bodies, file), { force: true });
  }

  close(): void {
    this.database.close();
  }

  /** What a process that was killed had received of bodies. */
  #removeOrphans(): void {
    const rows = this.database.prepare('SELECT file FROM objects UNION SELECT file FROM parts').all();
    const known = new Set(fileRows.parse(rows).map(({ file }) => file));
    for (const file of readdirSync(this.bodies)) if (!known.has(file)) this.removeBody(file);
  }
}

export function requireAbsent(found: StoredObject | undefined): void {
  if (found !== undefined)
    throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
}
