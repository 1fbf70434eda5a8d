import { createReadStream } from 'node:fs';
import { appendFile, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MissingObjectError, UploadGoneError } from '../../shared/domain/objects/object-errors.ts';
import type { MultipartUploads, ObjectStore, Upload } from '../../shared/domain/objects/object-ports.ts';

/** The bucket as files of a folder. */
export interface FileObjects {
  readonly objects: ObjectStore;
  readonly multipart: MultipartUploads;
  /** Where an object's bytes are. @throws MissingObjectError */
  fileOf(name: string): string;
}

/** What a part has when a large result is streamed: as on S3. */
const partBytes = 8 * 1024 * 1024;

/** @param given the files of the objects that are there from the beginning, by name. They are only read. */
export function fileObjects(folder: string, given: Readonly<Record<string, string>>): FileObjects {
  const files = new Map(Object.entries(given));
  const newFile = (): string => join(folder, `written-${files.size}-${process.hrtime.bigint()}`);
  const fileOf = (name: string): string => {
    const file = files.get(name);
    if (file === undefined)
      throw new MissingObjectError(
        'there is no such object: those are here that a field of the payload names which the contract marks, and that were still kept',
      );
    return file;
  };
  const objects: ObjectStore = {
    size: async (name) => (await stat(fileOf(name))).size,
    async *read(name, { from = 0, signal } = {}) {
      yield* createReadStream(fileOf(name), { start: from, ...(signal ? { signal } : {}) });
    },
    async put({ name, body }) {
      const file = newFile();
      files.set(name, file);
      await writeFile(file, body);
    },
    async delete(name) {
      files.delete(name);
    },
  };
  return { objects, multipart: fileUploads(files, newFile), fileOf };
}

function fileUploads(files: Map<string, string>, newFile: () => string): MultipartUploads {
  const parts = new Map<number, string>();
  const notHere = async (): Promise<never> => {
    throw new UploadGoneError('a replay keeps its uploads from one slice to the next');
  };
  return {
    partBytes,
    start: async ({ name }): Promise<Upload> => ({ name, uploadId: name }),
    async putPart({ number, body }) {
      const file = `${newFile()}-part-${number}`;
      await writeFile(file, body);
      parts.set(number, file);
      return { number, etag: file, bytes: body.length };
    },
    async complete({ name }, wanted) {
      const whole = newFile();
      for (const { etag } of wanted.toSorted((one, other) => one.number - other.number)) {
        await appendFile(whole, await readFile(etag));
        await rm(etag);
      }
      files.set(name, whole);
    },
    abort: async () => parts.clear(),
    copyPart: notHere,
    listParts: notHere,
  };
}
