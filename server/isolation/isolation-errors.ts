import type { ProcessEnd } from './fork-job.ts';

/** The process of a job needed more memory than its contract allows. */
export class MemoryLimitError extends Error {
  override readonly name = 'MemoryLimitError';
}

/** The process of a job ended before its handler did. */
export class JobCrashedError extends Error {
  override readonly name = 'JobCrashedError';
}

/** What V8 says before it aborts the process. */
const heapIsFull = /JavaScript heap out of memory/;

/** What a process's end means that has not answered. */
export function errorOfEnd(end: ProcessEnd, maxMemoryMb: number): Error {
  const { exitCode, signal, hasDisconnected = false, lastWords } = end;
  if (hasDisconnected)
    return new JobCrashedError('the process of the job has closed its channel to the server');
  const hasAborted = signal === 'SIGABRT' || exitCode === 134;
  if (hasAborted && heapIsFull.test(lastWords))
    return new MemoryLimitError(`the heap of the job's process has reached its limit of ${maxMemoryMb} MB`);
  const how = signal === null ? `with the exit code ${exitCode}` : `by the signal ${signal}`;
  return new JobCrashedError(`the process of the job ended ${how}`);
}

export const memoryError = (usedMb: number, maxMemoryMb: number): Error =>
  new MemoryLimitError(
    `the processes of the job had ${Math.round(usedMb)} MB in use, of ${maxMemoryMb} MB allowed`,
  );
