import { contractOf, pauseQueueOf, versionOf } from '../../author/contract.ts';
import { fairKeyOf } from '../../author/fair-key.ts';
import { routeOf } from '../../delivery/route.ts';
import { defined } from '../../domain/base/defined.ts';
import { PayloadTooLargeError, StoreUnavailableError } from '../../domain/base/errors.ts';
import { fingerprintOf } from '../../domain/base/fingerprint.ts';
import type { Clock } from '../../domain/base/ports.ts';
import { plainVersion } from '../../domain/base/version.ts';
import { inSpan, type SpanStart } from '../../domain/observe/trace.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { maxMessageBytes } from '../../domain/state/job/item-budget.ts';
import { shardOf } from '../../domain/state/job/list-keys.ts';
import { type CountedBy, type JobMessage, mustWait, writeMessage } from '../../domain/state/job/message.ts';
import type { JobQueue, JobStore } from '../../domain/state/ports.ts';
import type { KeepPayload } from '../../domain/state/stored-copies.ts';
import { keepMessageWrite, submitWrite } from '../../domain/state/writes/message-writes.ts';
import { refuseSuspended } from '../doors/refuse-suspended.ts';
import {
  decideStart,
  requireDependencies,
  requireGroupable,
  requireTimeToStart,
  requireUploads,
} from './check-submission.ts';
import { requireSetUp, requireTargets } from './check-targets.ts';
import { type KnownJob, knownJobOf, sameJob } from './keyed-job-id.ts';
import type { Submission, SubmitDependencies, Submitted } from './submission.ts';
import { acceptDebounced, debounceOf } from './submit-debounced-job.ts';

/** What makes two requests the same, in one form. `undefined` leaves no trace in a fingerprint. */
function requestOf({ type, payload, group, runAt, startBefore, delaySeconds, notify, ...lists }: Submission) {
  const dependencies = [...new Set(lists.dependsOn)].sort();
  const tags = [...new Set(lists.tags)].sort();
  return {
    type,
    payload,
    group,
    runAt,
    startBefore,
    delaySeconds: delaySeconds === 0 ? undefined : delaySeconds,
    dependsOn: dependencies.length === 0 ? undefined : dependencies,
    tags: tags.length === 0 ? undefined : tags,
    notify,
  };
}

/**
 * Accepts a job.
 * @throws TenantSuspendedError, also for a submission that is repeated; and what `acceptJob` throws
 */
export async function submitJob(submission: Submission, deps: SubmitDependencies): Promise<Submitted> {
  await Promise.all([refuseSuspended(submission.tenant, deps), deps.pauseDoor?.look()]);
  return acceptJob(submission, deps);
}

/**
 * Accepts a job, whether or not its tenant is suspended.
 * @throws PayloadTooLargeError; KeyReusedError if the key came before with another request; JobErasedError if the job
 * that the submission means was erased; InvalidRequestError for a time that cannot be, for dependencies that do not
 * exist, or without a unique key; JobTypeNotSetUpError; ObjectNotFoundError if the payload names an object that was not
 * given to the tenant; SubmissionsPausedError; LimitExceededError, OrderedQueueFullError
 * @throws StoreUnavailableError, QueueUnavailableError; the job may run all the same
 */
export async function acceptJob(submission: Submission, deps: SubmitDependencies): Promise<Submitted> {
  const { tenant, type, traceparent: parent } = submission;
  const debounce = debounceOf(submission, deps);
  if (debounce) {
    const fingerprint = fingerprintOf(requestOf(submission));
    return acceptDebounced(submission, debounce, {
      ...{ ...deps, fingerprint, spanOf: spanOfSubmission },
      check: (checked, id) => checkedMessage(checked, { id, fingerprint }, deps),
    });
  }
  const known = await knownJobOf(submission, deps);
  const id = known?.id ?? deps.random.uuid();
  return inSpan(deps.tracer, spanOfSubmission({ id, tenant, type, parent }), async (traceparent) => ({
    ...(await acceptAs({ id, known }, { ...submission, traceparent }, deps)),
    ...defined({ traceparent }),
  }));
}

/** The span that a job begins with. */
export const spanOfSubmission = ({
  id: jobId,
  tenant,
  type,
  parent,
}: Pick<JobMessage, 'id' | 'tenant' | 'type'> & Pick<SpanStart, 'parent'>): SpanStart => ({
  name: `submit ${type}`,
  kind: 'producer',
  jobId,
  parent,
  fields: { tenant, type },
});

interface AcceptedAs {
  readonly id: string;
  readonly known: KnownJob | undefined;
}

async function acceptAs(
  { id, known }: AcceptedAs,
  submission: Submission,
  deps: SubmitDependencies,
): Promise<Submitted> {
  const fingerprint = fingerprintOf(requestOf(submission));
  if (known) {
    const earlier = await deps.store.read(id);
    if (earlier) return { job: sameJob(earlier, fingerprint, known), replayed: true };
  }
  const message = await checkedMessage(submission, { id, fingerprint }, deps);
  const now = message.submittedAt;
  // After all that may refuse or replay it: neither uses up the limit. Before the send: what is sent will run.
  if (message.options.group !== undefined) await deps.groupDoor?.enter(submission.tenant);
  await deps.door?.enter(submission.tenant, {
    id,
    group: submission.group,
    waits: mustWait(message, now),
  });
  const { queue, delaySeconds } = routeOf(message, deps.contracts, now);
  const made = await makeJob(message, { ...deps, queue: deps.queues[queue], delaySeconds });
  if (made) return { job: made, replayed: false };
  const winner = await readWinner(message, deps.store);
  // Of requests that differ and race, one is the unique job.
  const replayed = winner.fingerprint !== fingerprint;
  return { job: sameJob(winner, fingerprint, known ?? { isUnique: false }), replayed };
}

/** The message of a submission, after all that may refuse it, but the limits on how many come in. */
async function checkedMessage(
  submission: Submission,
  { id, fingerprint }: Pick<MadeWith, 'id' | 'fingerprint'>,
  deps: SubmitDependencies,
): Promise<JobMessage> {
  deps.pauseDoor?.refuse({ ...submission, queue: pauseQueueOf(deps.contracts, submission) });

  requireSetUp(submission, deps);
  requireGroupable(submission, deps);
  const notify = await requireTargets(submission, deps.setup);
  const now = deps.clock.now();
  const runAt = decideStart(submission, now);
  requireTimeToStart({ ...submission, runAt }, now);
  requireUploads({ ...submission, runAt: runAt ?? now }, deps);
  await requireDependencies(submission, deps);
  const shard = shardOf(id, deps.listShards);
  const message = submissionMessage(
    { ...submission, runAt, notify },
    {
      ...{ id, fingerprint, now, shard, version: versionOf(deps.contracts, submission.type) },
      fairKey: fairKeyOf(contractOf(deps.contracts, submission.type), submission),
      countedBy: await deps.door?.counts?.(submission.tenant, submission),
    },
  );
  refuseTooLarge(message);
  return message;
}

interface Making {
  readonly queue: Pick<JobQueue, 'send'>;
  readonly delaySeconds: number;
  readonly store: Pick<JobStore, 'write'>;
  readonly clock: Clock;
  readonly keepPayload?: KeepPayload | undefined;
}

/**
 * Makes a job: that of a submission, or that of an occurrence of a recurring schedule. The message is sent before the
 * item is written: if this dies in between, the worker writes the item from the message. So an item without a message
 * never exists.
 * @returns undefined if somebody else wrote the item first
 * @throws StoreUnavailableError, QueueUnavailableError; the job may run all the same; ObjectsUnavailableError, if its
 * message is to be kept, and is large
 */
export async function makeJob(
  message: JobMessage,
  { queue, delaySeconds, store, clock, keepPayload }: Making,
): Promise<JobItem | undefined> {
  const kept = await keepPayload?.(message);
  await queue.send(message, delaySeconds);
  const made = await store.write(submitWrite(message, kept));
  if (!made && kept) await store.write(keepMessageWrite(message, kept, clock.now()));
  return made;
}

interface MadeWith {
  readonly id: string;
  readonly fingerprint: string;
  readonly now: number;
  readonly shard?: number;
  readonly version?: JobMessage['version'];
  readonly fairKey?: string | undefined;
  readonly countedBy?: CountedBy | undefined;
}

/** The message of a first run. */
export function submissionMessage(
  { tenant, type, payload, traceparent, ...ordered }: Omit<Submission, 'delaySeconds'>,
  { id, fingerprint, now, shard = 0, version = plainVersion, fairKey, countedBy }: MadeWith,
): JobMessage {
  const more = {
    ...(shard === 0 ? {} : { shard }),
    ...countedBy,
    ...defined({ fairKey, traceparent }),
  };
  const options = optionsOf(ordered);
  return { id, version, tenant, type, payload, submittedAt: now, options, fingerprint, run: 1, ...more };
}

type Ordered = Pick<
  Submission,
  'maxAttempts' | 'group' | 'dependsOn' | 'runAt' | 'startBefore' | 'tags' | 'notify'
>;

const optionsOf = ({ maxAttempts, group, dependsOn, runAt, startBefore, tags, notify }: Ordered) => ({
  maxAttempts,
  ...defined({
    group,
    dependsOn: eachOnce(dependsOn),
    runAt,
    startBefore,
    tags: eachOnce(tags),
    notify: notify?.length ? [...notify] : undefined,
  }),
});

const eachOnce = (texts: readonly string[] = []): string[] | undefined =>
  texts.length === 0 ? undefined : [...new Set(texts)];

/**
 * Numbers in a short notation grow when they are written as JSON again: the limit is on what has to fit into an item.
 */
function refuseTooLarge(message: JobMessage): void {
  const bytes = Buffer.byteLength(writeMessage(message));
  if (bytes > maxMessageBytes)
    throw new PayloadTooLargeError(`Written out, the job has ${bytes} bytes, of ${maxMessageBytes} allowed.`);
}

/** Somebody else wrote the item first: a worker that was faster, or another submission with the same key. */
async function readWinner({ id }: JobMessage, store: JobStore): Promise<JobItem> {
  const winner = await store.read(id);
  if (!winner) throw new StoreUnavailableError(`the item of job ${id} could neither be created nor read`);
  return winner;
}
