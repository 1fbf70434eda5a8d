import type { JobItem } from '../../shared/contracts/job-item.ts';
import { type JobMessage, writeMessage } from '../../shared/contracts/job-message.ts';
import { KeyReusedError, PayloadTooLargeError, StoreUnavailableError } from '../../shared/errors.ts';
import { fingerprintOf, keyedJobId } from '../../shared/fingerprint.ts';
import type { Clock, JobQueue, JobStore, Random } from '../../shared/ports.ts';
import { submitWrite } from '../../shared/protocol/message-writes.ts';
import { type QueueName, routeOf } from '../../shared/protocol/route.ts';
import { checkDependencies } from './check-dependencies.ts';
import { decideStart } from './decide-start.ts';

/**
 * A job that fails keeps its message in its item, which DynamoDB limits to 400 KB, beside what else it has saved. A
 * body of 256 KB fits, with what goes around it.
 */
const largestMessageBytes = 260 * 1024;

/** A checked request to do a job. */
export interface Submission {
  readonly tenant: string;
  readonly type: string;
  readonly payload: unknown;
  readonly maxAttempts: number;
  readonly idempotencyKey?: string | undefined;
  readonly group?: string | undefined;
  /** Ids of jobs. */
  readonly dependsOn?: readonly string[] | undefined;
  /** Either of them, or none. */
  readonly delaySeconds?: number | undefined;
  /** Epoch milliseconds. */
  readonly runAt?: number | undefined;
}

export interface SubmitDependencies {
  readonly store: JobStore;
  readonly queues: Readonly<Record<QueueName, JobQueue>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly jobIdSecret: string;
}

export interface Submitted {
  readonly job: JobItem;
  /** The job was there already: this is the first answer again. */
  readonly replayed: boolean;
}

/** What of a request makes it another one, said in one way. `undefined` leaves no trace in a fingerprint. */
function requestOf({ type, payload, group, runAt, delaySeconds, dependsOn = [] }: Submission) {
  const dependencies = [...new Set(dependsOn)].sort();
  return {
    type,
    payload,
    group,
    runAt,
    delaySeconds: delaySeconds === 0 ? undefined : delaySeconds,
    dependsOn: dependencies.length === 0 ? undefined : dependencies,
  };
}

/**
 * Accepts a job. The message goes out before the item is written: if this dies in between, the worker writes the
 * item from the message, so a job can be unheard of but never orphaned.
 * @throws PayloadTooLargeError; KeyReusedError if the key came before with another request; InvalidRequestError for a
 * time or for dependencies that there are not
 * @throws StoreUnavailableError, QueueUnavailableError; the job may run all the same
 */
export async function submitJob(submission: Submission, deps: SubmitDependencies): Promise<Submitted> {
  const { tenant, idempotencyKey } = submission;
  const fingerprint = fingerprintOf(requestOf(submission));
  const id =
    idempotencyKey === undefined ? deps.random.uuid() : keyedJobId(deps.jobIdSecret, tenant, idempotencyKey);

  if (idempotencyKey !== undefined) {
    const earlier = await deps.store.read(id);
    if (earlier) return { job: sameRequest(earlier, fingerprint), replayed: true };
  }

  const now = deps.clock.now();
  const runAt = decideStart(submission, now);
  await checkDependencies(submission, deps);
  const message = submissionMessage({ ...submission, runAt }, { id, fingerprint, now });
  refuseTooLarge(message);
  const { queue, delaySeconds } = routeOf(message, now);
  await deps.queues[queue].send(message, delaySeconds);
  const written = await deps.store.write(submitWrite(message));
  return { job: written ?? (await readWinner(message, deps.store)), replayed: false };
}

/** The message of a first run. */
export function submissionMessage(
  { tenant, type, payload, maxAttempts, group, dependsOn = [], runAt }: Omit<Submission, 'delaySeconds'>,
  { id, fingerprint, now }: { id: string; fingerprint: string; now: number },
): JobMessage {
  const options = {
    maxAttempts,
    ...(group === undefined ? {} : { group }),
    ...(dependsOn.length === 0 ? {} : { dependsOn: [...new Set(dependsOn)] }),
    ...(runAt === undefined ? {} : { runAt }),
  };
  return { id, tenant, type, payload, submittedAt: now, options, fingerprint, run: 1 };
}

/** Numbers written short grow when they are written anew: the limit is on what has to fit into an item. */
function refuseTooLarge(message: JobMessage): void {
  const bytes = Buffer.byteLength(writeMessage(message));
  if (bytes > largestMessageBytes)
    throw new PayloadTooLargeError(
      `Written out, the job has ${bytes} bytes, of ${largestMessageBytes} allowed.`,
    );
}

/** The item was there first: a worker's, which was faster, or that of another submission with the same key. */
async function readWinner({ id, fingerprint }: JobMessage, store: JobStore): Promise<JobItem> {
  const winner = await store.read(id);
  if (!winner) throw new StoreUnavailableError(`the item of job ${id} is and is not there`);
  return sameRequest(winner, fingerprint);
}

function sameRequest(job: JobItem, fingerprint: string): JobItem {
  if (job.fingerprint === fingerprint) return job;
  throw new KeyReusedError('This Idempotency-Key was used before, with another request.');
}
