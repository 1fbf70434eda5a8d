import { type Contracts, contractOf } from '../../shared/author/contract.ts';
import { askDebounce, askUnique } from '../../shared/author/unique-key.ts';
import type { RootSecretEntry } from '../../shared/domain/access/access-entry.ts';
import type { LetIn } from '../../shared/domain/access/ports.ts';
import { defined } from '../../shared/domain/base/defined.ts';
import { asError, PayloadTooLargeError } from '../../shared/domain/base/errors.ts';
import type { Log } from '../../shared/domain/base/ports.ts';
import type { Meters } from '../../shared/domain/observe/metrics.ts';
import type { DependencyReader } from '../../shared/domain/state/ports.ts';
import type { Caller } from '../../shared/http/access/caller.ts';
import { readSubmission } from '../../shared/http/requests/parse-submission.ts';
import {
  keyedJob,
  keyOfJob,
  maxRequestBytes,
  submitAllRequest,
} from '../../shared/http/requests/submit-all-request.ts';
import { typedPayload } from '../../shared/http/requests/submit-request.ts';
import { acceptedJobFor } from '../../shared/http/responses/job-answer.ts';
import type { SubmitAllResponse } from '../../shared/http/responses/submit-all-response.ts';
import type { HttpRequest } from '../../shared/http/wire/http-types.ts';
import { requireShallow } from '../../shared/http/wire/nesting.ts';
import { maxBodyBytes, parseDeepJsonBody } from '../../shared/http/wire/parse-json-body.ts';
import { problemOf } from '../../shared/http/wire/respond.ts';
import { traceparentIn } from '../../shared/http/wire/traceparent.ts';
import { invalid, violationsIn } from '../../shared/http/wire/violations.ts';
import { logSubmission } from '../../shared/operations/act/log-operation.ts';
import { refuseSuspended } from '../../shared/operations/doors/refuse-suspended.ts';
import type { ShareDoor } from '../../shared/operations/doors/share-door.ts';
import type { TenantDoor } from '../../shared/operations/doors/tenant-door.ts';
import { type JobsDoor, refusingDoor } from '../../shared/operations/submit/jobs-door.ts';
import type {
  Submission,
  SubmitDependencies,
  SubmitDoor,
} from '../../shared/operations/submit/submission.ts';
import { submitJob } from '../../shared/operations/submit/submit-job.ts';
import { SharedDoor } from './shared-door.ts';

type Item = SubmitAllResponse['items'][number];

interface SubmitAllDependencies {
  readonly contracts: Contracts;
  readonly submitting: SubmitDependencies;
  readonly granting: { readonly root: RootSecretEntry; readonly retentionDays: number };
  readonly log: Log;
  readonly meters: Meters;
  readonly door: JobsDoor;
  readonly shareDoor: Pick<ShareDoor, 'letIn'>;
  /** Of requests. */
  readonly requests: Pick<TenantDoor, 'letIn'>;
  readonly dependencies: DependencyReader;
}

const atATime = 20;
/** Of all jobs that are not valid: each has its part of them. */
const maxErrorsInAnswer = 1_000;
/** Lambda takes an answer of 6 MiB, in which the body is a JSON text. */
const maxAnswerBytes = 5 * 1024 * 1024;

/**
 * Submits up to 100 jobs, each for itself: what is wrong with one does not hold up another. Of jobs with one key, or
 * one unique key, the first is the one that counts. Of those with one debounce key it is the last.
 * @throws UnsupportedMediaTypeError, PayloadTooLargeError, InvalidRequestError if the batch itself is not valid;
 * TenantSuspendedError
 */
export async function submitAll(
  request: HttpRequest,
  caller: Caller,
  deps: SubmitAllDependencies,
): Promise<SubmitAllResponse> {
  await refuseSuspended(caller.tenant, deps.submitting);
  if (request.headers['idempotency-key'] !== undefined)
    throw invalid([
      {
        pointer: 'Idempotency-Key',
        detail: 'is for one job: give each job of a batch its own idempotencyKey',
      },
    ]);
  const parsed = submitAllRequest.safeParse(parseDeepJsonBody(request, maxRequestBytes));
  if (!parsed.success) throw invalid(violationsIn(parsed, ''));
  const { jobs } = parsed.data;
  const { taken, refusal } = await letInFirst(caller.tenant, jobs.length, deps);
  const maxErrors = Math.floor(maxErrorsInAnswer / jobs.length);
  const dependencies = eachReadOnce(deps.dependencies);
  const together = { ...deps, submitting: { ...deps.submitting, dependencies } };
  const refusing = refusingDoor(refusal);
  const submit: Submit = (job, index, door) => {
    const itsDoor = index < taken ? door : refusing;
    return submitOne(job, { request, caller, index, maxErrors, door: itsDoor }, together);
  };
  const { tenant } = caller;
  // Without a limit, no job waits for the checks of another.
  const doorOf: DoorOf = (await deps.door.isLimited(tenant))
    ? (positions) => new SharedDoor(positions, (jobs) => deps.door.letIn(tenant, jobs))
    : () => undefined;
  const alone: SubmitDoor = {
    enter: (_, entering) => deps.door.enter(tenant, entering),
    counts: (_, entering) => deps.door.counts(tenant, entering),
    repeat: () => deps.door.repeat(tenant),
    countsRepeats: () => deps.door.countsRepeats(tenant),
    requireRoom: (...asked) => deps.door.requireRoom(...asked),
    charge: (wanting) => deps.door.charge(wanting),
  };
  return withinAnswer({
    items: await inOrder(jobs, submit, { doorOf, alone, submitting: { tenant, contracts: deps.contracts } }),
  });
}

/**
 * Each job of a batch counts as a request, of which the batch was one. @returns how many of the first ones may come in
 */
async function letInFirst(
  tenant: string,
  jobs: number,
  { requests, shareDoor }: Pick<SubmitAllDependencies, 'requests' | 'shareDoor'>,
): Promise<LetIn> {
  const others = await requests.letIn({ tenant, limit: 'requestsPerSecond', wanted: jobs - 1 });
  const asked = others.taken + 1;
  const share = await shareDoor.letIn(tenant, asked);
  return share.taken < asked ? share : { ...others, taken: asked };
}

type Submit = (job: unknown, index: number, door: SubmitDoor) => Promise<Item>;
/** The door for the jobs at these positions. */
type DoorOf = (positions: readonly number[]) => SharedDoor | undefined;

/**
 * Remembers the tenant of a job, and not the whole job: a request may name 5000. The first submission that reads a job
 * is charged for the read.
 */
function eachReadOnce(dependencies: DependencyReader): DependencyReader {
  type Known = Awaited<ReturnType<DependencyReader['read']>>['job'];
  const known = new Map<string, Promise<Known>>();
  return {
    read: async (id) => {
      const before = known.get(id);
      if (before) return { job: await before, units: 0 };
      const reading = dependencies.read(id);
      const job = reading.then(
        ({ job }) => job && { tenant: job.tenant, ...defined({ parent: job.parent }) },
      );
      known.set(id, job);
      return { job: await job, units: (await reading).units };
    },
  };
}

/**
 * The client must hear of the jobs that are accepted. If the answer would be too large, it leaves out the longest that
 * a job may have: the addresses of those who are told of its end.
 */
function withinAnswer(answer: SubmitAllResponse): SubmitAllResponse {
  if (Buffer.byteLength(JSON.stringify(JSON.stringify(answer))) <= maxAnswerBytes) return answer;
  const shortened = answer.items.map((item): Item => {
    if (!('job' in item)) return item;
    const { notification: _, ...job } = item.job;
    return { ...item, job };
  });
  return { items: shortened };
}

interface One {
  readonly request: HttpRequest;
  readonly caller: Caller;
  readonly index: number;
  readonly maxErrors: number;
  readonly door: SubmitDoor;
}

async function submitOne(
  body: unknown,
  { request, caller, index, maxErrors, door }: One,
  deps: SubmitAllDependencies,
): Promise<Item> {
  try {
    const submission = submissionIn(body, { tenant: caller.tenant, contracts: deps.contracts });
    const traceparent = traceparentIn(request);
    const submitted = await submitJob({ ...submission, traceparent }, { ...deps.submitting, door });
    const { job, replayed } = submitted;
    logSubmission({ actor: caller.actor, ...submitted }, deps);
    return { status: 202, replayed, job: acceptedJobFor(job, { ...deps.granting, request, caller }) };
  } catch (thrown) {
    const refused = { ...request, part: `#/jobs/${index}`, maxErrors };
    const problem = problemOf(asError(thrown), refused, deps.log);
    return { status: problem.status, problem };
  }
}

interface Submitting {
  readonly tenant: string;
  readonly contracts: Contracts;
}

function submissionIn(body: unknown, submitting: Submitting): Submission {
  const { idempotencyKey, ...rest } = keyedJob.safeParse(body).data ?? {};
  const job = idempotencyKey === undefined ? body : rest;
  // To write it is a recursion, too.
  requireShallow(body);
  const bytes = Buffer.byteLength(JSON.stringify(job));
  if (bytes > maxBodyBytes)
    throw new PayloadTooLargeError(`A job may have ${maxBodyBytes} bytes; this one has ${bytes}.`);
  const read = readSubmission(job, submitting);
  const key = keyOfJob.safeParse(idempotencyKey);
  const violations = [
    ...(read instanceof Error ? read.violations : []),
    ...violationsIn(key, '/idempotencyKey'),
  ];
  if (read instanceof Error || violations.length > 0) throw invalid(violations);
  return { ...read, idempotencyKey: key.data };
}

interface Doors {
  readonly doorOf: DoorOf;
  /** For a job that waits for another one. */
  readonly alone: SubmitDoor;
  readonly submitting: Submitting;
}

/** Its idempotency key, and its unique key, or its debounce key: of jobs with one of them, one is the job. */
const keysOf = (job: unknown, { tenant, contracts }: Submitting): readonly unknown[] =>
  [keyedJob.safeParse(job).data?.idempotencyKey, sharedKeyIn(job, { tenant, contracts })].filter(
    (key) => key !== undefined,
  );

/** A job that is not valid has none. */
function sharedKeyIn(job: unknown, { tenant, contracts }: Submitting): string | undefined {
  const { data } = typedPayload.safeParse(job);
  const contract = data && contractOf(contracts, data.type);
  if (!data || !(contract?.unique || contract?.debounce)) return undefined;
  const payload = data.payload ?? null;
  try {
    const { key } = askUnique(contract, payload) ?? askDebounce(contract, { tenant, payload }) ?? {};
    return `${data.type}\n${key}`;
  } catch {
    return undefined;
  }
}

/**
 * Of jobs with one key each waits for the one before it: so the first one is the job, and not any, or the last payload
 * is that of the job.
 */
async function inOrder(
  jobs: readonly unknown[],
  submit: Submit,
  { doorOf, alone, submitting }: Doors,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let at = 0; at < jobs.length; at += atATime) {
    const lastOfKey = new Map<unknown, Promise<Item>>();
    const together = jobs.slice(at, at + atATime);
    const keys = together.map((job) => keysOf(job, submitting));
    const firsts = keys.flatMap((own, index) =>
      own.every((key) => keys.findIndex((each) => each.includes(key)) === index) ? [index] : [],
    );
    const shared = doorOf(firsts);
    const part = together.map((job, index) => {
      const own = keys[index] ?? [];
      const before = own.flatMap((key) => lastOfKey.get(key) ?? []);
      const door: SubmitDoor =
        shared && before.length === 0
          ? { ...alone, enter: (_, entering) => shared.enter(index, entering) }
          : alone;
      const item = (async () => {
        await Promise.all(before);
        return submit(job, at + index, door).finally(() => shared?.leave(index));
      })();
      for (const key of own) lastOfKey.set(key, item);
      return item;
    });
    items.push(...(await Promise.all(part)));
  }
  return items;
}
