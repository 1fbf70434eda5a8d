import * as z from 'zod/mini';
import { sha256 } from '../../base/sha256.ts';
import { readableScheduledVersion, scheduledVersion } from '../../base/version.ts';
import type { JobItem } from './item.ts';
import { jobId } from './message.ts';

/**
 * Stands for the message of a job that the job's item keeps. A schedule carries it to the waiting queue when the job is
 * due, and the process that ends a job sends it for each job that waits for that one.
 */
export const jobPointer = z.strictObject({
  kind: z.literal('pointer'),
  version: readableScheduledVersion,
  id: jobId,
  run: z.int().check(z.positive()),
  fingerprint: z.string().check(z.minLength(1)),
  /** Sent by who looks at jobs that wait for too long: what had sent the job on may be lost. */
  again: z.optional(z.literal(true)),
  /**
   * Sent by who looks for stuck jobs, epoch milliseconds: if nothing has proved since then that a queue has the job's
   * message, it is lost.
   */
  lostUnlessSeenSince: z.optional(z.int()),
});
export type JobPointer = z.infer<typeof jobPointer>;

/** The pointer to a job, from its message or its item. */
export const pointerTo = ({
  id,
  run,
  fingerprint,
}: Pick<JobItem, 'id' | 'run' | 'fingerprint'>): JobPointer => ({
  kind: 'pointer',
  version: scheduledVersion,
  id,
  run,
  fingerprint,
});

/**
 * The name of a job's schedule. Who creates it again finds it there: the name says all that the schedule does. With the
 * id alone, the next run would find the schedule of this one, and so would a job whose key is used again later.
 * @param dueAt epoch milliseconds
 */
export const scheduleNameOf = ({ id, run, fingerprint }: JobPointer, dueAt: number): string =>
  `${id}-${run}-${shortHash(fingerprint, dueAt)}`;

/** A schedule's name has 64 characters at most; a job's id has 36 of them. */
export const shortHash = (...parts: readonly unknown[]): string =>
  sha256(JSON.stringify(parts), 'hex').slice(0, 16);
