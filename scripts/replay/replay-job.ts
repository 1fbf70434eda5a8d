import { readFile } from 'node:fs/promises';
import { defined } from '../../shared/domain/base/defined.ts';
import { asError } from '../../shared/domain/base/errors.ts';
import { plainVersion } from '../../shared/domain/base/version.ts';
import type { StoredObject } from '../../shared/domain/objects/stored-object.ts';
import type { JobItem } from '../../shared/domain/state/item.ts';
import type { JobMessage } from '../../shared/domain/state/message.ts';
import { OutputStream } from '../../shared/worker/output-stream.ts';
import type { Fence } from './fence.ts';
import type { FileObjects } from './file-objects.ts';
import type { ReplayClock } from './replay-clock.ts';
import type { ReplayOrder } from './replay-order.ts';
import { runSlice, type SliceDependencies, type SliceEnd } from './run-slice.ts';

export interface ReplayDependencies extends Omit<SliceDependencies, 'objects' | 'clock'> {
  readonly files: FileObjects;
  readonly fence: Pick<Fence, 'refused'>;
  readonly clock: ReplayClock;
}

/** How a replay ended. */
export type ReplayEnd = { readonly slices: number } & (
  | { readonly kind: 'succeeded'; readonly result: string; readonly output?: StoredObject }
  /** `isRetried`: there would be another attempt. */
  | { readonly kind: 'failed'; readonly error: Error; readonly isRetried: boolean }
  /** The job would go on, and the replay does not: its slices are used up, or it waits for what the fence has refused. */
  | { readonly kind: 'stopped'; readonly isFenced: boolean; readonly state: string | undefined }
);

/** A job that polls would go on for ever. */
export const maxSlices = 100;

/**
 * Runs a job's handler as a worker would, from the state that is ordered, up to an end. A sleep takes no time.
 * @throws Error if the file with the state cannot be read
 */
export async function replayJob(order: ReplayOrder, deps: ReplayDependencies): Promise<ReplayEnd> {
  const message = messageOf(order);
  const objects = deps.files.objects;
  const output = new OutputStream(order.job, { objects, multipart: deps.files.multipart, clock: deps.clock });
  if (order.output) output.restore(withoutBytes(order.output));
  let item = itemOf(order);
  let resumed = order.checkpointFile && (await readFile(order.checkpointFile, 'utf8'));
  for (let slices = 1; ; slices += 1) {
    const end = await runSlice({ item, message, resumed, output }, { ...deps, objects });
    const last = lastOf(end);
    if (last) return { slices, ...(await withResult(last, deps)) };
    const isFenced = deps.fence.refused.size > 0;
    if (isFenced || slices === maxSlices) return { slices, kind: 'stopped', isFenced, state: end.state };
    if (end.ending.kind === 'asleep') deps.clock.setAhead(end.ending.sleepMs);
    resumed = end.state;
    // As the next claim would: see docs/architecture.md.
    item = {
      ...item,
      attempt: 1,
      fencingToken: item.fencingToken + 1,
      slices,
      ...defined({ steps: end.steps, signals: end.signals }),
    };
  }
}

type Last =
  | { readonly kind: 'succeeded'; readonly result?: string; readonly resultObject?: StoredObject }
  | { readonly kind: 'failed'; readonly error: Error; readonly isRetried: boolean };

/** @returns nothing if there is another slice */
function lastOf({ ending, error }: SliceEnd): Last | undefined {
  switch (ending.kind) {
    case 'succeeded':
      return ending;
    case 'failed':
    case 'retrying':
    case 'canceled':
    case 'lost':
      return { kind: 'failed', error: asError(error), isRetried: ending.kind === 'retrying' };
    default:
      return undefined;
  }
}

/** A large result is in a file by now, as it would be in an object. One that was streamed is there beside what was returned. */
async function withResult(last: Last, { files }: Pick<ReplayDependencies, 'files'>) {
  if (last.kind === 'failed') return last;
  const { result, resultObject } = last;
  if (result === undefined && resultObject)
    return { kind: last.kind, result: await readFile(files.fileOf(resultObject.name), 'utf8') };
  return { kind: last.kind, result: result ?? 'null', ...(resultObject ? { output: resultObject } : {}) };
}

const withoutBytes = ({ contentType, bytes }: NonNullable<ReplayOrder['output']>) => ({
  contentType,
  bytes,
  upload: undefined,
  parts: [],
  tail: new Uint8Array(),
});

const fingerprint = 'replay';

function messageOf({ job, payload }: ReplayOrder): JobMessage {
  const { id, tenant, type, run, maxAttempts, submittedAt } = job;
  return {
    id,
    version: plainVersion,
    tenant,
    type,
    payload,
    submittedAt: Date.parse(submittedAt),
    options: { maxAttempts },
    fingerprint,
    run,
  };
}

/** As a claim would leave it. An attempt that was counted already is made again. */
function itemOf({ job: { error: _, submittedAt, ...job } }: ReplayOrder): JobItem {
  const createdAt = Date.parse(submittedAt);
  return {
    ...job,
    version: plainVersion,
    status: 'running',
    fingerprint,
    attempt: Math.max(1, job.attempt),
    history: [],
    createdAt,
    updatedAt: createdAt,
  };
}
