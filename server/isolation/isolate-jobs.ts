import { mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Contracts, contractOf } from '../../shared/author/contract.ts';
import type { AnyHandler, Handlers, JobContext } from '../../shared/author/handler.ts';
import { asError, ConfigError } from '../../shared/domain/base/errors.ts';
import type { Clock, Log } from '../../shared/domain/base/ports.ts';
import type { Delivery } from '../../shared/domain/state/ports.ts';
import type { Isolate } from '../serve-queue.ts';
import { type Forking, forkJob } from './fork-job.ts';
import { runInProcess } from './run-in-process.ts';

export interface IsolationDependencies extends Omit<Forking, 'maxMemoryMb' | 'folder'> {
  readonly contracts: Contracts;
  /** The handlers of this process. Their `cancel` runs here: it calls other services, and no more. */
  readonly handlers: Handlers;
  /** Where each job gets a folder of its own, for what it keeps in files. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
}

const defaultMemoryMb = 1024;
const beginWithinMs = 8_000;

/** The entry of a job's process: beside the module that asks, and of its kind, which is `.mjs` in a bundle. */
export const jobProcessBeside = (moduleUrl: string): string =>
  fileURLToPath(new URL(`./job-process${extname(moduleUrl)}`, moduleUrl));

/**
 * Handlers of which each runs its job in a process of its own. They take the same payloads, return the same results and
 * throw the same errors as those of this process; MemoryLimitError, JobCrashedError and NoProcessError beside these.
 * They end only when the process, and all that it has started, has ended.
 */
export const isolateJobs =
  (deps: IsolationDependencies): Isolate =>
  (delivery) =>
    Object.fromEntries(
      Object.entries(deps.handlers).map(([type, { cancel }]): [string, AnyHandler] => {
        const run: AnyHandler = (_payload, job) => runJob({ type, delivery, job }, deps);
        return [type, cancel ? Object.assign(run, { cancel }) : run];
      }),
    );

interface Isolated {
  readonly type: string;
  readonly delivery: Delivery;
  readonly job: JobContext;
}

async function runJob({ type, delivery, job }: Isolated, deps: IsolationDependencies): Promise<unknown> {
  const { contracts, entry, environment, clock, log } = deps;
  const { maxMemoryMb = defaultMemoryMb } = contractOf(contracts, type) ?? {};
  const folder = await mkdtemp(join(deps.folder, 'job-'));
  try {
    const forking = { entry, environment, maxMemoryMb, folder };
    const process = await forkJob(forking, clock);
    return await runInProcess(process, { body: delivery.body, job, contracts, maxMemoryMb }, clock);
  } finally {
    // What the job has started may have written a last file.
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch((thrown: unknown) => {
      log.warn('folder of a job not removed', { error: asError(thrown), folder });
    });
  }
}

const probeBytes = 2 ** 20;

/** Writes a file of some size where jobs have theirs, and removes it. @throws Error if there is no room */
export async function probeFolder(folder: string): Promise<void> {
  const own = await mkdtemp(join(folder, 'probe-'));
  try {
    await writeFile(join(own, 'file'), Buffer.alloc(probeBytes));
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/** Starts a process as a job has it, and ends it. @throws Error if it would not begin a job */
export async function probeProcess({
  entry,
  environment,
  folder,
  clock,
}: Pick<IsolationDependencies, 'entry' | 'environment' | 'folder' | 'clock'>): Promise<void> {
  const own = await mkdtemp(join(folder, 'probe-'));
  try {
    const process = await forkJob({ entry, environment, maxMemoryMb: defaultMemoryMb, folder: own }, clock);
    const ready = new Promise<true>((resolve) => {
      process.onMessage(({ kind }) => kind === 'ready' && resolve(true));
    });
    const begins = await Promise.race([ready, process.ended.then(() => false), clock.sleep(beginWithinMs)]);
    process.kill();
    if (!begins) throw new Error('a process that was to try it has not begun');
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/**
 * Makes sure that jobs can have folders of their own in this one. Otherwise every attempt would fail at once, and the
 * server would use up the attempts of all jobs in the queue.
 * @throws ConfigError
 */
export async function checkFolder(folder: string): Promise<void> {
  try {
    await rmdir(await mkdtemp(join(folder, 'job-')));
  } catch (cause) {
    throw new ConfigError(`Jobs cannot have files in ${folder} (TMPDIR): ${asError(cause).message}`, {
      cause,
    });
  }
}
