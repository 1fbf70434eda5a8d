import type { JobContract } from '../shared/job/contract.ts';
import { findingsOf, type SameResult } from './compare.ts';
import { diagnose, isUnexplained } from './diagnose.ts';
import type { Effects } from './effects.ts';
import { type JobUnderTest, type SubmittedPayload, subjectOf, type TestOptions } from './job-under-test.ts';
import { type Cut, readCut } from './play/cut.ts';
import { Play } from './play/play.ts';
import { type Failure, JobTestError } from './report.ts';
import { testCommand } from './test-command.ts';
import { failuresLeftBehind, playUndisturbed, type Test, type Undisturbed } from './undisturbed.ts';

export interface CutOptions<All extends Effects> extends TestOptions<All> {
  /** Whether two results are the same for who asked for the job. Default: they are equal. */
  readonly sameResult?: SameResult;
  /** Of more cuts, as many are played, evenly spread. Default: 2000. */
  readonly maxCuts?: number;
}

export interface CutReport {
  /** How many calls the undisturbed run makes: to its context, and to effects. */
  readonly calls: number;
  /** How many interrupted runs there were. */
  readonly cuts: number;
  /** How many there would be without `maxCuts`. */
  readonly possibleCuts: number;
  readonly milliseconds: number;
}

const defaultMaxCuts = 2_000;

/**
 * Runs a job undisturbed, and then once for each of its calls and each way to interrupt it there: see `cutRules`. Every
 * run must end with the result of the undisturbed one, or canceled, with every effect as often as declared.
 * With `CUT=crash-after@3` in the environment it plays that cut alone, and prints what happens.
 * @throws JobTestError with one line for each cut that fails; TypeError if the payload does not fit the contract
 */
export async function cutEverywhere<Contract extends JobContract, All extends Effects = Record<never, never>>(
  type: JobUnderTest<Contract, All>,
  payload: SubmittedPayload<Contract>,
  options: CutOptions<All> = {},
): Promise<CutReport> {
  const startedAt = performance.now();
  const { allow = [], sameResult, maxCuts = defaultMaxCuts } = options;
  const command = testCommand();
  const test: Test = { subject: subjectOf(type, payload, options), allow, sameResult };
  const undisturbed = await playUndisturbed(test);
  const report = { name: test.subject.name, command };
  if (undisturbed.failures.length > 0)
    throw new JobTestError({ ...report, failures: undisturbed.failures, runs: 1 });

  const cuts = process.env.CUT === undefined ? spread(undisturbed.cuts, maxCuts) : [readCut(process.env.CUT)];
  const failures = [
    ...(await playCuts(cuts, undisturbed, test)),
    ...(await failuresLeftBehind(undisturbed, test)),
  ];
  if (failures.length > 0)
    throw new JobTestError({
      ...report,
      failures: await explained(failures, undisturbed, test),
      runs: cuts.length,
    });
  return {
    calls: undisturbed.play.journal.calls.length,
    cuts: cuts.length,
    possibleCuts: undisturbed.cuts.length,
    milliseconds: Math.round(performance.now() - startedAt),
  };
}

const spread = (cuts: readonly Cut[], max: number): readonly Cut[] =>
  cuts.length <= max
    ? cuts
    : cuts.filter(
        (_, at) => Math.floor((at * max) / cuts.length) !== Math.floor(((at - 1) * max) / cuts.length),
      );

async function playCuts(
  cuts: readonly Cut[],
  { play: expected }: Undisturbed,
  { subject, allow, sameResult }: Test,
): Promise<readonly Failure[]> {
  const failures: Failure[] = [];
  for (const cut of cuts) {
    const play = await new Play(subject, { cut, pace: cut.pace }).run();
    const { calls, trace } = play.journal;
    if (process.env.CUT !== undefined) process.stdout.write(`${trace.join('\n')}\n`);
    const comparison = { expected, sameResult, mayBeCanceled: cut.kind === 'cancel' };
    const findings = findingsOf(play, comparison).filter(({ kind }) => !allow.includes(kind));
    if (findings.length > 0) failures.push({ cut, calls, findings, trace });
  }
  return failures;
}

/** A cause is looked for in so many of the cuts with a wrong result. */
const maxDiagnoses = 25;

/** If the cause of a wrong result is found in one cut, it is the cause in all of them. */
async function explained(
  failures: readonly Failure[],
  { play: expected }: Undisturbed,
  { subject, sameResult }: Test,
): Promise<readonly Failure[]> {
  const unexplained = failures.filter(({ findings }) => findings.some(({ kind }) => isUnexplained(kind)));
  for (const { cut } of unexplained.slice(0, maxDiagnoses)) {
    const cause = cut && (await diagnose(cut, { subject, expected, sameResult }));
    if (cause === undefined) continue;
    return failures.map((failure) => ({
      ...failure,
      findings: failure.findings.map(({ kind, detail }) => ({
        kind: isUnexplained(kind) ? cause : kind,
        detail,
      })),
    }));
  }
  return failures;
}
