import { readFile } from 'node:fs/promises';
import type { Contracts } from '../../shared/author/contract.ts';
import type { JobContext } from '../../shared/author/handler.ts';
import { asError, CheckpointError, unreachable } from '../../shared/domain/base/errors.ts';
import type { Clock } from '../../shared/domain/base/ports.ts';
import { type JobProcess, NoProcessError, type ProcessEnd } from './fork-job.ts';
import { errorOfEnd, memoryError } from './isolation-errors.ts';
import type { ToServer } from './messages.ts';
import { CallServer } from './serve-calls.ts';
import { fromWire, toWire } from './wire-error.ts';

interface Run {
  /** The text of the job's message. */
  readonly body: string;
  readonly job: JobContext;
  readonly contracts: Contracts;
  readonly maxMemoryMb: number;
}

/** What ends a run, whichever comes first. */
type Answer =
  | Extract<ToServer, { kind: 'returned' | 'threw' }>
  | { readonly kind: 'aborted' }
  | { readonly kind: 'tooLarge'; readonly usedMb: number }
  /** With whether the process had begun the job. */
  | { readonly kind: 'ended'; readonly end: ProcessEnd; readonly hasBegun: boolean };

/**
 * After the signal a handler may still end by itself. The engine waits for 2 s: the process must have ended by then.
 */
const graceMs = 1_500;
const memoryEveryMs = 500;

/**
 * Has a process run the handler of a job, and makes the calls of its context here.
 * @returns what the handler has returned
 * @throws what it has thrown; MemoryLimitError, JobCrashedError, NoProcessError; the signal's reason
 */
export async function runInProcess(process: JobProcess, run: Run, clock: Clock): Promise<unknown> {
  const over = new AbortController();
  try {
    const answer = await firstAnswer(process, { ...run, over: over.signal }, clock);
    return resultOf(answer, run);
  } finally {
    over.abort();
    process.kill();
    await process.exited;
  }
}

function resultOf(answer: Answer, { job, maxMemoryMb }: Run): unknown {
  switch (answer.kind) {
    case 'returned':
      return answer.result;
    case 'threw':
      throw fromWire(answer.error);
    case 'aborted':
      throw asError(job.signal.reason);
    case 'tooLarge':
      throw memoryError(answer.usedMb, maxMemoryMb);
    case 'ended':
      throw answer.hasBegun
        ? errorOfEnd(answer.end, maxMemoryMb)
        : new NoProcessError(`before it began, ${errorOfEnd(answer.end, maxMemoryMb).message}`);
    default:
      return unreachable(answer);
  }
}

/** @param over ends what waits beside the process */
function firstAnswer(
  process: JobProcess,
  { body, job, contracts, maxMemoryMb, over }: Run & { readonly over: AbortSignal },
  clock: Clock,
): Promise<Answer> {
  return new Promise((resolve) => {
    const waiting = { over, clock };
    const calls = new CallServer(job, contracts, process.send);
    over.addEventListener('abort', () => calls.close(), { once: true });
    let [hasBegun, hasAnswered] = [false, false];
    const answer = (message: Answer): void => {
      hasAnswered = true;
      resolve(message);
    };
    // A job that was aborted while its process started must not begin any more.
    const begin = (): void => {
      hasBegun = true;
      if (job.signal.aborted) answer({ kind: 'aborted' });
      else start(process, { body, job }, answer);
    };
    process.onMessage((message) => {
      // What a handler leaves running changes nothing any more.
      if (hasAnswered) return;
      if (message.kind === 'ready') begin();
      else if (message.kind === 'returned' || message.kind === 'threw') answer(message);
      else calls.take(message);
    });
    void process.ended.then((end) => answer({ kind: 'ended', end, hasBegun }));
    void afterAbort(process, job.signal, waiting).then(() => answer({ kind: 'aborted' }));
    void untilTooLarge(process, maxMemoryMb, waiting).then((usedMb) => answer({ kind: 'tooLarge', usedMb }));
  });
}

function start(
  process: JobProcess,
  { body, job }: Pick<Run, 'body' | 'job'>,
  answer: (message: Answer) => void,
): void {
  const { id, tenant, run, submittedAt, attempt, fencingToken, resume, outputBytes, traceparent } = job;
  const data = { id, tenant, run, submittedAt, attempt, fencingToken, resume, outputBytes, traceparent };
  try {
    process.send({ kind: 'start', body, data });
  } catch (thrown) {
    const { message } = asError(thrown);
    const error = new CheckpointError(`the state cannot be sent to the process of the job: ${message}`);
    answer({ kind: 'threw', error: toWire(error) });
  }
}

interface Waiting {
  readonly over: AbortSignal;
  readonly clock: Clock;
}

/** Resolves when the job was aborted, and its grace is over. */
async function afterAbort(process: JobProcess, signal: AbortSignal, { over, clock }: Waiting): Promise<void> {
  if (!signal.aborted)
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true, signal: over });
    });
  process.send({ kind: 'abort', reason: toWire(signal.reason) });
  await clock.sleep(graceMs, over);
}

/** Resolves when the process needs too much memory, with how many MB it has. */
async function untilTooLarge(
  { pid }: JobProcess,
  maxMemoryMb: number,
  { over, clock }: Waiting,
): Promise<number> {
  let usedMb = 0;
  while (usedMb <= maxMemoryMb && !over.aborted) {
    await clock.sleep(memoryEveryMs, over);
    usedMb = (await residentMb(pid)) ?? 0;
  }
  return usedMb;
}

/**
 * The memory that a process has in use, together with those that its main thread has started.
 * @returns MB (2^20 bytes); undefined if the process has ended, or if the system is not Linux
 */
export async function residentMb(pid: number): Promise<number | undefined> {
  // https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
  const status = await read(`/proc/${pid}/status`);
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status ?? '')?.[1];
  if (kilobytes === undefined) return undefined;
  // A file of its own for each thread. Node.js starts processes in the thread that asks for them.
  const children = (await read(`/proc/${pid}/task/${pid}/children`)) ?? '';
  const others = await Promise.all(children.split(' ').filter(Boolean).map(Number).map(residentMb));
  return others.reduce<number>((sum, each) => sum + (each ?? 0), Number(kilobytes) / 1024);
}

const read = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);
