import { defined } from '../../domain/base/defined.ts';
import { StepError } from '../../domain/base/errors.ts';
import type { Log, Random } from '../../domain/base/ports.ts';
import type { ObjectStore } from '../../domain/objects/object-ports.ts';
import { type SavedOutput, stateNameOf } from '../../domain/objects/stored-object.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { maxStepsInItem } from '../../domain/state/job/item-budget.ts';
import {
  readSavedSteps,
  readStepBlock,
  type StepRecord,
  writeSavedSteps,
} from '../../domain/state/stored/saved-steps.ts';
import { readText } from '../../domain/state/stored/stored-text.ts';
import type { Heartbeat } from '../hold/heartbeat.ts';
import type { StateObjects } from '../hold/state-objects.ts';

interface MemoDependencies {
  readonly objects: ObjectStore;
  readonly random: Pick<Random, 'uuid'>;
  readonly log: Log;
  readonly heartbeat: Pick<Heartbeat, 'keep' | 'flush'>;
  readonly states: Pick<StateObjects, 'keep'>;
}

/** An object with records. It is never written again: a longer one takes its place. */
interface Block {
  readonly uuid: string;
  readonly bytes: number;
  readonly records: readonly StepRecord[];
}

/** A shorter block is replaced by one that has the next records, too. */
const fullBlockBytes = 256 * 1024;
const maxMemoBytes = 8 * 1024 * 1024;
const warnAt = 0.8;

/** A step of another kind had the key in a slice before. */
export const keyTaken = (key: string): StepError =>
  new StepError(`the key "${key}" was that of a step before`);

/**
 * What the steps of a job have come to. The item has the latest 8 KB of it, objects the rest: DynamoDB charges each
 * write by the size of the whole item. Only the worker that holds the job writes it, by its renewals, one after the
 * other.
 */
export class StepMemo {
  readonly #owner: Pick<JobItem, 'tenant' | 'id'>;
  readonly #deps: MemoDependencies;
  readonly #records: Map<string, StepRecord>;
  readonly #inItem: Map<string, StepRecord>;
  #blocks: readonly Block[];
  /** All that these steps have written to the output. */
  #output: SavedOutput | undefined;
  #moving: Promise<void> | undefined;
  #bytesInItem: number;
  #bytes: number;

  private constructor(
    { tenant, id }: Pick<JobItem, 'tenant' | 'id'>,
    { blocks, records }: { readonly blocks: readonly Block[]; readonly records: readonly StepRecord[] },
    deps: MemoDependencies,
  ) {
    this.#owner = { tenant, id };
    this.#deps = deps;
    this.#blocks = blocks;
    this.#inItem = byKey(records);
    // What was recorded last counts.
    this.#records = byKey([...blocks.flatMap((block) => block.records), ...records]);
    this.#bytesInItem = sumOfBytes(records);
    this.#bytes = blocks.reduce((sum, { bytes }) => sum + bytes, this.#bytesInItem);
  }

  /** @throws MissingObjectError, ObjectsUnavailableError */
  static async read(
    item: Pick<JobItem, 'tenant' | 'id' | 'steps'>,
    deps: MemoDependencies,
  ): Promise<StepMemo> {
    const { blocks, records } = readSavedSteps(item.steps);
    const read = blocks.map(async (uuid): Promise<Block> => {
      const text = await readText(stateNameOf(item, uuid), deps.objects);
      return { uuid, bytes: Buffer.byteLength(text), records: readStepBlock(text) };
    });
    return new StepMemo(item, { blocks: await Promise.all(read), records }, deps);
  }

  get records(): readonly StepRecord[] {
    return [...this.#records.values()];
  }

  find(key: string): StepRecord | undefined {
    return this.#records.get(key);
  }

  /**
   * Resolves when the record is stored.
   * @param output as it is with what this step has written: one write stores both
   * @throws StepError if there is no room for it; StoreUnavailableError, ObjectsUnavailableError
   */
  async keep(record: StepRecord, output?: SavedOutput): Promise<void> {
    const bytes = bytesOf(record);
    this.#requireRoom(bytes);
    // From here to the next write nothing is awaited that has one of them without the other.
    this.#output = output ?? this.#output;
    this.#records.set(record.key, record);
    this.#inItem.set(record.key, record);
    // More than there are, if a step has failed before: then they move a little early.
    this.#bytesInItem += bytes;
    while (this.#bytesInItem > maxStepsInItem) {
      this.#moving ??= this.#moveToBlock().finally(() => {
        this.#moving = undefined;
      });
      await this.#moving;
    }
    const { heartbeat } = this.#deps;
    heartbeat.keep({ steps: this.#text(), ...defined({ output: this.#output }) });
    await heartbeat.flush();
  }

  #text(): string {
    const blocks = this.#blocks.map(({ uuid }) => uuid);
    return writeSavedSteps({ blocks, records: [...this.#inItem.values()] });
  }

  async #moveToBlock(): Promise<void> {
    const { objects, random, states } = this.#deps;
    const moved = [...this.#inItem.values()];
    const last = this.#blocks.at(-1);
    const extended = last && last.bytes < fullBlockBytes ? last : undefined;
    const records = [...(extended?.records ?? []), ...moved];
    const body = JSON.stringify(records);
    const uuid = random.uuid();
    await objects.put({ name: stateNameOf(this.#owner, uuid), body, contentType: 'application/json' });
    const others = extended ? this.#blocks.slice(0, -1) : this.#blocks;
    this.#blocks = [...others, { uuid, bytes: Buffer.byteLength(body), records }];
    for (const record of moved) {
      // Meanwhile the step may have failed once more.
      if (this.#inItem.get(record.key) === record) this.#inItem.delete(record.key);
    }
    this.#bytesInItem = sumOfBytes([...this.#inItem.values()]);
    states.keep({ steps: this.#text() });
  }

  #requireRoom(bytes: number): void {
    const before = this.#bytes;
    if (before + bytes > maxMemoBytes)
      throw new StepError(
        `the results of the steps have more than ${maxMemoBytes} bytes together: keep them elsewhere, and return where`,
      );
    this.#bytes += bytes;
    const threshold = warnAt * maxMemoBytes;
    if (before < threshold && this.#bytes >= threshold)
      this.#deps.log.warn('steps take much room', { bytes: this.#bytes, maxBytes: maxMemoBytes });
  }
}

const byKey = (records: readonly StepRecord[]) => new Map(records.map((record) => [record.key, record]));
/** With the comma after it. */
const bytesOf = (record: StepRecord): number => Buffer.byteLength(JSON.stringify(record)) + 1;
const sumOfBytes = (records: readonly StepRecord[]): number =>
  records.reduce((sum, record) => sum + bytesOf(record), 0);
