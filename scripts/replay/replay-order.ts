import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { jobId } from '../../shared/domain/state/message.ts';

/** What `jobctl replay` orders, in a file of its own folder. It may have secrets, so it is no argument of the command. */
export const replayOrder = z.object({
  /** As `GET /jobs/{id}/input` answers. */
  job: z.object({
    id: jobId,
    type: z.string(),
    tenant: z.string(),
    run: z.int(),
    attempt: z.int(),
    maxAttempts: z.int(),
    fencingToken: z.int(),
    submittedAt: z.iso.datetime(),
    error: z.nullable(z.object({ name: z.string(), message: z.string() })),
  }),
  payload: z.unknown(),
  /** The file with the state to go on from, as JSON. */
  checkpointFile: z.optional(z.string()),
  /** The part of a streamed result that was written before. Its bytes are not here. */
  output: z.optional(z.object({ contentType: z.string(), bytes: z.int() })),
  /** The files of the objects that the payload names, by name. */
  objects: z.record(z.string(), z.string()),
  /** Where a debugger may attach; 0: on a free port. Absent: nowhere. */
  debuggerPort: z.optional(z.int()),
  /** Where a streamed result is to be kept. */
  outputFile: z.optional(z.string()),
  /** What the fence lets through: `HOST:PORT`. */
  allow: z.array(z.string()),
  /** Prints how it ended as one JSON document. */
  isJson: z.boolean(),
});
export type ReplayOrder = z.infer<typeof replayOrder>;

/** @param folder that jobctl has made. @throws Error if it has no order */
export const readOrder = async (folder: string): Promise<ReplayOrder> =>
  replayOrder.parse(JSON.parse(await readFile(join(folder, 'order.json'), 'utf8')));
