import { text as textOf } from 'node:stream/consumers';
import { defined } from '../domain/base/defined.ts';
import type { Random } from '../domain/base/ports.ts';
import type { ObjectStore } from '../domain/objects/object-ports.ts';
import { digestOf, stateNameOf } from '../domain/objects/stored-object.ts';
import type { Report } from '../domain/state/holder-writes.ts';
import type { JobItem } from '../domain/state/item.ts';
import { maxCheckpointInItem } from '../domain/state/item-budget.ts';
import { objectOfText, textInObject } from '../domain/state/stored-text.ts';
import type { OutputDependencies, OutputSnapshot, OutputStream, RestoredOutput } from './output-stream.ts';
import { restoredOutput } from './restored-output.ts';

/** What a job goes on from, as the item has it: its state with the part of a streamed result that belongs to it, and its steps. */
export type SavedState = Pick<Report, 'checkpoint' | 'output' | 'steps' | 'batches'>;

export interface StateDependencies {
  readonly objects: ObjectStore;
  readonly random: Pick<Random, 'uuid'>;
}

/** Whether a state can be stored by the write to the item alone. */
export const fitsItem = (text: string, output: Pick<OutputStream, 'isOpen'>): boolean =>
  !output.isOpen && Buffer.byteLength(text) <= maxCheckpointInItem;

type Owner = Pick<JobItem, 'tenant' | 'id'>;

/**
 * Puts what does not fit the item into objects, each with a name of its own: nobody else writes or deletes it.
 * @throws ObjectsUnavailableError, UploadGoneError
 */
export async function storeState(
  owner: Owner,
  { text, output }: { readonly text: string; readonly output: OutputSnapshot | undefined },
  { objects, random }: StateDependencies,
): Promise<SavedState> {
  const put = async (body: string | Uint8Array): Promise<string> => {
    const name = stateNameOf(owner, random.uuid());
    await objects.put({ name, body, contentType: 'application/octet-stream' });
    return name;
  };
  const checkpoint = Buffer.byteLength(text) <= maxCheckpointInItem ? text : textInObject(await put(text));
  if (!output) return { checkpoint };
  const { contentType, bytes, tail } = output;
  const parts = await Promise.all(output.parts);
  const upload = await output.upload;
  return {
    checkpoint,
    output: {
      contentType,
      ...defined({ upload }),
      parts: parts.map(({ number }) => number),
      digest: digestOf(parts.map(({ etag }) => etag)),
      bytes,
      ...(tail.length > 0 ? { tail: await put(tail) } : {}),
    },
  };
}

/** What a job goes on from. */
export interface RestoredState {
  /** JSON text. */
  readonly text: string | undefined;
  readonly output: RestoredOutput | undefined;
}

/** Reads what `storeState` has stored. @throws MissingObjectError, OutputLostError, ObjectsUnavailableError */
export async function findState(
  item: Pick<JobItem, 'tenant' | 'id' | 'run' | 'fencingToken' | 'checkpoint' | 'output'>,
  deps: OutputDependencies,
): Promise<RestoredState> {
  const { output } = item;
  const text = await readStateText(item, deps);
  return { text, output: output && (await restoredOutput(output, item, deps)) };
}

/** @returns the state that a job has saved, JSON text. @throws MissingObjectError, ObjectsUnavailableError */
export async function readStateText(
  { checkpoint }: Pick<JobItem, 'checkpoint'>,
  { objects }: { readonly objects: Pick<ObjectStore, 'read'> },
): Promise<string | undefined> {
  const name = objectOfText(checkpoint);
  return name === undefined ? checkpoint : textOf(objects.read(name));
}
