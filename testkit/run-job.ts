import * as z from 'zod/v4/core';
import type { JobContract } from '../shared/author/contract.ts';
import type { CheckpointOf, SubmittedPayload } from '../shared/author/handler.ts';
import type { JobError, JobProgress } from '../shared/domain/state/job/item.ts';
import type { JobStatus } from '../shared/domain/state/job/transitions.ts';
import type { Effects } from './effects.ts';
import type { RecordedLog } from './fakes/recorded-log.ts';
import type { Finding } from './findings.ts';
import { type JobUnderTest, subjectOf, type TestOptions } from './job-under-test.ts';
import { readCut } from './play/cut.ts';
import type { SubmittedJob } from './play/journal.ts';
import { Play } from './play/play.ts';
import type { AskedChild } from './play/spawned.ts';

export interface RunOptions<All extends Effects> extends TestOptions<All> {
  /** Interrupts the run once, for example with `crash-after@3`. */
  readonly cut?: string;
}

/** What became of a child. */
export interface ChildRun extends AskedChild {
  /** `queued`: it has never started. */
  readonly status: JobStatus;
  readonly attempts: number;
}

/** What became of a job. */
export interface JobRun<Contract extends JobContract> {
  readonly status: JobStatus;
  /** As it was stored, if the job has succeeded. */
  readonly result: z.output<Contract['result']> | undefined;
  /** What the handler wrote to its output, if it did and the job has succeeded. */
  readonly output: Buffer | undefined;
  /** Why the job, or an attempt of it, failed last. */
  readonly error: JobError | undefined;
  /** Every report, oldest first. */
  readonly progress: readonly JobProgress[];
  /** Every state that the handler offered, stored or not. */
  readonly checkpoints: readonly CheckpointOf<Contract>[];
  /** How often it was handed over from one invocation to the next. */
  readonly slices: number;
  /** How many attempts there were, of the last slice. */
  readonly attempts: number;
  /** The arguments of every effect, by its name. */
  readonly effects: Readonly<Record<string, readonly (readonly unknown[])[]>>;
  /** The children that it has spawned, in the order of their batches. */
  readonly children: readonly ChildRun[];
  /**
   * The jobs that the handler has submitted, which the kit does not run. Of those that are the same unique job, the
   * first one; of the same debounced one, with the last payload.
   */
  readonly submitted: readonly SubmittedJob[];
  /** What the handler wrote with `job.log`, and the worker about it. */
  readonly log: RecordedLog['lines'];
  /** How long it took, in virtual seconds. */
  readonly seconds: number;
  /** What the kit finds wrong with the handler. `cutEverywhere` finds much more. */
  readonly findings: readonly Finding[];
  /** What happened, line by line. */
  readonly trace: readonly string[];
}

/**
 * Runs a job from its submission to its end: the engine that is deployed, on a table and a queue in memory, in virtual
 * time. A job of hours takes milliseconds.
 * @throws TypeError if the payload does not fit the contract
 */
export async function runJob<Contract extends JobContract, All extends Effects = Record<never, never>>(
  type: JobUnderTest<Contract, All>,
  payload: SubmittedPayload<Contract>,
  options: RunOptions<All> = {},
): Promise<JobRun<Contract>> {
  const cut = options.cut === undefined ? undefined : readCut(options.cut);
  const settings = cut ? { cut, pace: cut.pace } : {};
  const play = await new Play(subjectOf(type, payload, options), settings).run();
  const { item, journal, result, output } = play;
  if (!item) throw new TypeError('the job was not submitted');
  const effects: Record<string, (readonly unknown[])[]> = Object.fromEntries(
    play.effectNames.map((name) => [name, []]),
  );
  for (const { name, arguments: all } of journal.effects) effects[name] = [...(effects[name] ?? []), all];
  const { contract } = type;
  return {
    status: item.status,
    result:
      result === undefined ? undefined : (z.parse(contract.result, result) as z.output<Contract['result']>),
    output,
    error: item.error,
    progress: journal.progress,
    checkpoints: journal.checkpoints.map((state) => readState(contract, state)),
    slices: item.slices ?? 0,
    attempts: item.attempt,
    effects,
    children: journal.spawned.children.map((child) => {
      const { status = 'queued', attempt: attempts = 0 } = play.itemOfChild(child.key, child.index) ?? {};
      return { ...child, status, attempts };
    }),
    submitted: [...journal.submitted.values()],
    log: journal.log.lines,
    seconds: journal.seconds,
    findings: journal.findings.filter(({ kind }) => !options.allow?.includes(kind)),
    trace: journal.trace,
  };
}

function readState<Contract extends JobContract>(contract: Contract, state: unknown): CheckpointOf<Contract> {
  if (!contract.checkpoint) throw new TypeError('a type without a checkpoint has saved a state');
  return z.parse(contract.checkpoint, state) as CheckpointOf<Contract>;
}
