import { buffer } from 'node:stream/consumers';
import { MissingObjectError, OutputLostError, UploadGoneError } from '../../domain/objects/object-errors.ts';
import type { Upload, UploadedPart } from '../../domain/objects/object-ports.ts';
import { digestOf, resultNameOf, type SavedOutput } from '../../domain/objects/stored-object.ts';
import { type OutputDependencies, partNumber, type RestoredOutput, type Writer } from './output-stream.ts';

/** So many parts are copied at a time. */
const copiesAtOnce = 8;
/** How often the parts of an upload are asked for, if some are missing. */
const maxLists = 5;
const betweenListsMs = 1_000;

type Sent = Pick<RestoredOutput, 'upload' | 'parts'>;

/**
 * Finds what was streamed before a state was saved.
 * @throws OutputLostError if it is not there as it was; MissingObjectError, ObjectsUnavailableError
 */
export async function restoredOutput(
  saved: SavedOutput,
  writer: Writer,
  deps: OutputDependencies,
): Promise<RestoredOutput> {
  const { contentType, bytes } = saved;
  const tail = saved.tail === undefined ? new Uint8Array() : await buffer(deps.objects.read(saved.tail));
  const { upload } = saved;
  const sent: Sent = upload
    ? await listed({ ...saved, upload }, deps).catch((thrown: unknown) => {
        if (thrown instanceof UploadGoneError) return copied({ saved, upload, tail }, writer, deps);
        throw thrown;
      })
    : { upload, parts: [] };
  const size = sent.parts.reduce((sum, part) => sum + part.bytes, tail.length);
  if (size === bytes && digestOf(sent.parts.map(({ etag }) => etag)) === saved.digest)
    return { contentType, ...sent, tail, bytes };
  // Of a copy nobody else knows.
  if (sent.upload && sent.upload !== upload) await deps.multipart.abort(sent.upload);
  throw new OutputLostError('what was written to the output is not there as it was');
}

/**
 * S3 promises a list that has all parts. If one is missing, the job would fail for good: so the list is asked for
 * again.
 */
async function listed(
  { upload, parts: numbers }: SavedOutput & { readonly upload: Upload },
  { multipart, clock }: OutputDependencies,
): Promise<Sent> {
  for (let tries = 1; ; tries += 1) {
    const all = await multipart.listParts(upload);
    const parts = numbers.flatMap((number) => all.find((part) => part.number === number) ?? []);
    if (parts.length === numbers.length || tries === maxLists) return { upload, parts };
    await clock.sleep(betweenListsMs);
  }
}

interface Completed {
  readonly saved: SavedOutput;
  readonly upload: Upload;
  readonly tail: Uint8Array;
}

/**
 * A worker may have completed the upload and died before it could say so. Its object begins with what was saved: from
 * there this worker copies it to an upload of its own.
 */
async function copied(
  { saved, upload: completed, tail }: Completed,
  writer: Writer,
  { multipart }: OutputDependencies,
): Promise<Sent> {
  const upload = await multipart.start({ name: resultNameOf(writer), contentType: saved.contentType });
  const partBytes = (saved.bytes - tail.length) / saved.parts.length;
  const copy = (index: number): Promise<UploadedPart> =>
    multipart.copyPart({
      ...upload,
      number: partNumber(index, writer),
      from: completed.name,
      start: index * partBytes,
      end: (index + 1) * partBytes,
    });
  try {
    const parts: UploadedPart[] = [];
    while (parts.length < saved.parts.length) {
      const next = saved.parts.slice(parts.length, parts.length + copiesAtOnce);
      parts.push(...(await Promise.all(next.map((_, more) => copy(parts.length + more)))));
    }
    return { upload, parts };
  } catch (thrown) {
    await multipart.abort(upload);
    if (thrown instanceof MissingObjectError)
      throw new OutputLostError('what was written to the output is gone', { cause: thrown });
    throw thrown;
  }
}
