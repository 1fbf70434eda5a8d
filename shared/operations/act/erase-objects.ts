import type { Log } from '../../domain/base/ports.ts';
import type { MultipartUploads, ObjectStore } from '../../domain/objects/object-ports.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { objectsOf } from '../../domain/state/stored/item-objects.ts';

export interface EraseObjectsDependencies {
  readonly objects: Pick<ObjectStore, 'delete'>;
  readonly multipart: Pick<MultipartUploads, 'abort'>;
  readonly log: Pick<Log, 'error'>;
}

/**
 * Deletes the objects of a job that was erased. Not before: a retry may come in between, and needs them.
 * @throws ObjectsUnavailableError
 */
export async function eraseObjects(
  job: JobItem,
  { objects, multipart, log }: EraseObjectsDependencies,
): Promise<void> {
  const upload = job.output?.upload;
  const names = objectsOf(job);
  const erasing = await Promise.allSettled([
    ...names.map((name) => objects.delete(name)),
    ...(upload ? [multipart.abort(upload)] : []),
  ]);
  const failures = erasing.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  if (failures.length === 0) return;
  // Nobody else knows these names: the item does not have them any more.
  log.error('objects of an erased job not deleted', { jobId: job.id, objects: names, upload });
  throw failures[0];
}
