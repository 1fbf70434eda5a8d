import { InvalidResultError } from '../../domain/base/errors.ts';
import type { ObjectStore } from '../../domain/objects/object-ports.ts';
import { resultNameOf, type StoredObject } from '../../domain/objects/stored-object.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { maxResultInItem } from '../../domain/state/job/item-budget.ts';
import type { OutputStream } from './output-stream.ts';

/** The text is in memory, several times. */
const maxResultBytes = 16 * 1024 * 1024;

/** A result as the item has it. */
export interface StoredResult {
  /** JSON text. */
  readonly result?: string;
  readonly resultObject?: StoredObject;
}

interface Storing {
  readonly item: Pick<JobItem, 'tenant' | 'id' | 'run' | 'fencingToken'>;
  readonly output: Pick<OutputStream, 'isOpen' | 'finish'>;
  readonly objects: Pick<ObjectStore, 'put'>;
  /** @throws LeaseLostError if another worker may have the job: it may be writing to the same upload */
  readonly requireLease: () => void;
}

/**
 * Stores what does not fit the item, before the item says that the job has succeeded.
 * @param text what the handler returned, as JSON text
 * @throws InvalidResultError if it is too large; LeaseLostError; ObjectsUnavailableError, UploadGoneError
 */
export async function storeResult(
  text: string,
  { item, output, objects, requireLease }: Storing,
): Promise<StoredResult> {
  const bytes = Buffer.byteLength(text);
  const max = output.isOpen ? maxResultInItem : maxResultBytes;
  if (bytes > max)
    throw new InvalidResultError(
      output.isOpen
        ? `beside a streamed result, what is returned may have ${max} bytes, and has ${bytes}`
        : `the result has ${bytes} bytes, of ${max} allowed: write it to the output`,
    );
  if (bytes <= maxResultInItem && !output.isOpen) return { result: text };
  requireLease();
  const streamed = await output.finish();
  if (streamed) return { result: text, resultObject: streamed };
  const resultObject = { name: resultNameOf(item), bytes, contentType: 'application/json' };
  await objects.put({ ...resultObject, body: text });
  return { resultObject };
}
