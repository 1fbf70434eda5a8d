import * as z from 'zod/mini';
import { readJson } from '../../base/read-json.ts';
import { type StoredRun, stateNameOf } from '../../objects/stored-object.ts';
import { jobError } from '../job/item.ts';

/** How far a job is with a batch of children. */
const batchRecord = z.object({
  /** What was asked for: it must not change under its key. */
  type: z.string(),
  count: z.int(),
  any: z.optional(z.int()),
  tolerate: z.optional(z.int()),
  /** How much of the job's allowance it has taken: see allowance.ts. */
  taken: z.optional(z.int()),
  /** The children with lower indexes were sent. */
  sent: z.int(),
  /** The round of which all were sent. */
  round: z.int(),
  /**
   * How far a look for children whose messages are lost is: the shards below `to` were looked at. Of another look, in
   * another round or after another time, it says nothing.
   */
  look: z.optional(z.object({ round: z.int(), after: z.int(), to: z.int() })),
  /**
   * The run of the job that has seen the end of the batch, and how many children had not succeeded then. `succeeded`:
   * how many had, if others had not ended yet. `counted`: the children that `any` was met by.
   */
  settled: z.optional(
    z.object({
      run: z.int(),
      unsuccessful: z.int(),
      succeeded: z.optional(z.int()),
      counted: z.optional(z.array(z.int())),
    }),
  ),
});
export type BatchRecord = z.infer<typeof batchRecord>;

/** What one step of a job has come to. */
export const stepRecord = z.object({
  key: z.string(),
  /** What it has returned, as JSON has it. */
  result: z.optional(z.unknown()),
  /** Instead: that it has failed, in a run. A retry by the user forgets it. */
  failed: z.optional(z.object({ run: z.int(), tries: z.int(), isFinal: z.boolean(), error: jobError })),
  /**
   * Instead: it is a wait for an answer, which is closed at a time, in a run. A retry by the user sets another time.
   */
  wait: z.optional(
    z.object({
      run: z.int(),
      until: z.int(),
      /** What came first, of a wait for children without a signal. */
      by: z.optional(z.enum(['children', 'time'])),
    }),
  ),
  /** Instead: it is a batch of children. See `BatchRecord`. */
  batch: z.optional(batchRecord),
  /** Instead: it is a job that was submitted. */
  submitted: z.optional(z.object({ id: z.string(), type: z.string() })),
});
export type StepRecord = z.infer<typeof stepRecord>;

const savedSteps = z.object({
  /** The objects with the records that the item has no room for, oldest first: what makes their names unique. */
  blocks: z.array(z.string()),
  records: z.array(stepRecord),
});
export type SavedSteps = z.infer<typeof savedSteps>;

const none: SavedSteps = { blocks: [], records: [] };

/** Reads what an item has of its steps. */
export const readSavedSteps = (text: string | undefined): SavedSteps =>
  text === undefined ? none : savedSteps.parse(readJson(text));

export const writeSavedSteps = (steps: SavedSteps): string => JSON.stringify(steps);

/** The content of a block. */
export const readStepBlock = (text: string): StepRecord[] => z.array(stepRecord).parse(readJson(text));

/** The names of the objects that records are in. */
export const stepBlocksOf = (
  owner: Pick<StoredRun, 'tenant' | 'id'>,
  steps: string | undefined,
): readonly string[] => readSavedSteps(steps).blocks.map((uuid) => stateNameOf(owner, uuid));
