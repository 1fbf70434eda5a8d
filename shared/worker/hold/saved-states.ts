import { defined } from '../../domain/base/defined.ts';
import type { Random } from '../../domain/base/ports.ts';
import type { ObjectStore } from '../../domain/objects/object-ports.ts';
import { digestOf, type SavedOutput, stateNameOf } from '../../domain/objects/stored-object.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { maxCheckpointInItem } from '../../domain/state/job/item-budget.ts';
import { readStoredText, textInObject } from '../../domain/state/stored/stored-text.ts';
import type { Report } from '../../domain/state/writes/holder-writes.ts';
import type { OutputDependencies, OutputSnapshot, OutputStream, RestoredOutput } from './output-stream.ts';
import { restoredOutput } from './restored-output.ts';

/**
 * What a job goes on from, as the item has it: its state with the part of a streamed result that belongs to it, and its
 * steps.
 */
export type SavedState = Pick<Report, 'checkpoint' | 'output' | 'steps' | 'batches'>;

export interface StateDependencies {
  readonly objects: ObjectStore;
  readonly random: Pick<Random, 'uuid'>;
}

/** Whether a state can be stored by the write to the item alone. */
export const fitsItem = (text: string, output: Pick<OutputStream, 'isOpen'>): boolean =>
  !output.isOpen && Buffer.byteLength(text) <= maxCheckpointInItem;

type Owner = Pick<JobItem, 'tenant' | 'id'>;

/** Puts something into an object with a name of its own. @returns the name */
async function put(
  owner: Owner,
  body: string | Uint8Array,
  { objects, random }: StateDependencies,
): Promise<string> {
  const name = stateNameOf(owner, random.uuid());
  await objects.put({ name, body, contentType: 'application/octet-stream' });
  return name;
}

/**
 * Puts what does not fit the item into objects, each with a name of its own: nobody else writes or deletes it.
 * @throws ObjectsUnavailableError, UploadGoneError
 */
export async function storeState(
  owner: Owner,
  { text, output }: { readonly text: string; readonly output: OutputSnapshot | undefined },
  deps: StateDependencies,
): Promise<SavedState> {
  const fits = Buffer.byteLength(text) <= maxCheckpointInItem;
  const checkpoint = fits ? text : textInObject(await put(owner, text, deps));
  return output ? { checkpoint, output: await storeOutput(owner, output, deps) } : { checkpoint };
}

/** Waits until all parts are sent, and puts what is behind them into an object. @throws as `storeState` */
export async function storeOutput(
  owner: Owner,
  { contentType, bytes, tail, ...sent }: OutputSnapshot,
  deps: StateDependencies,
): Promise<SavedOutput> {
  const parts = await Promise.all(sent.parts);
  const upload = await sent.upload;
  return {
    contentType,
    ...defined({ upload }),
    parts: parts.map(({ number }) => number),
    digest: digestOf(parts.map(({ etag }) => etag)),
    bytes,
    ...(tail.length > 0 ? { tail: await put(owner, tail, deps) } : {}),
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
  return readStoredText(checkpoint, objects);
}
