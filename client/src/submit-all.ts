import { type Connection, callApi } from './connection.ts';
import type { Contracts } from './contracts.ts';
import { InvalidRequestError, NetworkError, type Problem, ProblemError } from './errors.ts';
import type { AcceptedJob } from './job.ts';
import { toError } from './problem-in.ts';
import { bodyOf, type Submission } from './submit.ts';
import { mayPass, withRetries } from './with-retries.ts';

/** What became of one of many jobs: it was accepted, or `error` says why not. */
export type Submitted =
  | { readonly job: AcceptedJob; readonly error?: undefined }
  | { readonly job?: undefined; readonly error: ProblemError | NetworkError };

/** A job that is still to be submitted: where it stands, and its JSON text. */
interface Pending {
  readonly position: number;
  readonly text: string;
}

interface SubmitAllAnswer {
  readonly items: readonly { readonly job?: AcceptedJob; readonly problem?: Problem }[];
}

// docs/api.md: a request has up to 100 jobs and 4.5 MB.
const maxJobs = 100;
const maxBytes = 4.5 * 1024 * 1024 - '{"jobs":[]}'.length;
/** Lambda gets the body as a JSON text in an event of up to 6 MiB, with headers and more. */
const partOfEscaped = 0.76;

/**
 * Submits many jobs, up to 100 a request. Each is accepted or refused for itself. Those that the API could not accept
 * at the moment are submitted again, each under its key. An error of a whole request is one of each of its jobs: others
 * may be accepted.
 * @returns in the order of the jobs
 * @throws TypeError for what is no job; the signal's reason
 */
export async function submitAll(
  submissions: readonly Submission[],
  signal: AbortSignal | undefined,
  deps: { readonly contracts: Contracts | undefined; readonly connection: Connection },
): Promise<readonly Submitted[]> {
  const results: Submitted[] = [];
  let pending = await check(submissions, results, deps);
  const round = async () => {
    for (const chunk of chunksOf(pending)) await sendChunk(chunk, results, { signal, ...deps });
    pending = pending.filter(({ position }) => mayPass(results[position]?.error));
    const [first] = pending;
    if (first) throw results[first.position]?.error;
  };
  await withRetries(round, deps.connection.retries, { signal }).catch((error: unknown) => {
    // After the last try, the results say it.
    if (!results.some((each) => each.error === error)) throw error;
  });
  return results;
}

/** Writes what is refused here into the results. */
async function check(
  submissions: readonly Submission[],
  results: Submitted[],
  { contracts, connection }: { readonly contracts: Contracts | undefined; readonly connection: Connection },
): Promise<readonly Pending[]> {
  const pending: Pending[] = [];
  for (const [position, submission] of submissions.entries())
    try {
      const body = await bodyOf(submission, contracts, connection);
      pending.push({ position, text: JSON.stringify(body) });
    } catch (error) {
      if (!(error instanceof InvalidRequestError)) throw error;
      results[position] = { error };
    }
  return pending;
}

/** A job that is too large for any request has one of its own: the API says so. */
function chunksOf(pending: readonly Pending[]): readonly (readonly Pending[])[] {
  const chunks: Pending[][] = [];
  let chunk: Pending[] = [];
  let bytes = maxBytes;
  for (const each of pending) {
    const length = Math.max(bytesOf(each.text), bytesOf(JSON.stringify(each.text)) * partOfEscaped) + 1;
    if (chunk.length === maxJobs || bytes + length > maxBytes) {
      chunk = [];
      chunks.push(chunk);
      bytes = 0;
    }
    chunk.push(each);
    bytes += length;
  }
  return chunks;
}

const bytesOf = (text: string): number => new Blob([text]).size;

async function sendChunk(
  chunk: readonly Pending[],
  results: Submitted[],
  { connection, signal }: { readonly connection: Connection; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const body = `{"jobs":[${chunk.map(({ text }) => text).join()}]}`;
  const once = { ...connection, retries: { tries: 1, seconds: 0 } };
  const answers = await callApi<SubmitAllAnswer>('POST /jobs/batch', { body, signal }, once).catch(
    (error: unknown) => {
      if (error instanceof ProblemError || error instanceof NetworkError) return error;
      throw error;
    },
  );
  chunk.forEach(({ position }, index) => {
    results[position] = answers instanceof Error ? { error: answers } : submittedOf(answers.items[index]);
  });
}

const submittedOf = ({
  job,
  problem = unanswered,
}: Partial<SubmitAllAnswer['items'][number]> = {}): Submitted =>
  job ? { job } : { error: toError(problem) };

const title = 'It is not known what became of this job.';
const unanswered: Problem = { type: 'about:blank', title, status: 503, detail: title };
