import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { JobContract } from '../shared/author/contract.ts';
import type { SubmittedPayload } from '../shared/author/handler.ts';
import type { SameResult } from './compare.ts';
import { blamedOnModules, cutFresh } from './cut-fresh.ts';
import { explained } from './diagnose.ts';
import type { Effects } from './effects.ts';
import { attemptsInVain, FailedChildren } from './failed-children.ts';
import { type JobUnderTest, subjectOf, type TestOptions } from './job-under-test.ts';
import { judge } from './judge.ts';
import { type Cut, cutsOfCancel, readCut, writeCut } from './play/cut.ts';
import { cutsAfterFailure } from './play/cut-children.ts';
import { Play } from './play/play.ts';
import { type Failure, JobTestError } from './report.ts';
import { failuresLeftBehind, playUndisturbed, type Test, type Undisturbed } from './undisturbed.ts';

export interface CutOptions<All extends Effects> extends TestOptions<All> {
  /** Whether two results are the same for who asked for the job. Default: they are equal. */
  readonly sameResult?: SameResult;
  /** How the undisturbed run ends. Default: `succeeded`. */
  readonly endsAs?: 'succeeded' | 'failed';
  /** Of more cuts, as many are played, evenly spread. Default: 2000. */
  readonly maxCuts?: number;
}

export interface CutReport {
  /** How many calls the undisturbed run makes: to its context, and to effects. */
  readonly calls: number;
  /** How many interrupted runs there were. */
  readonly cuts: number;
  /** How many there would be without `maxCuts`, those of a cancel not counted. */
  readonly possibleCuts: number;
  /**
   * How many more runs there were with fresh modules for each process. 0: the handler is no export of a module, or the
   * test does not fit a copy of it.
   */
  readonly freshRuns: number;
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
  const { allow = [], sameResult, endsAs = 'succeeded', maxCuts = defaultMaxCuts } = options;
  const command = testCommand();
  const test: Test = { subject: subjectOf(type, payload, options), allow, sameResult, endsAs };
  const undisturbed = await playUndisturbed(test);
  const report = { name: test.subject.name, command };
  if (undisturbed.failures.length > 0)
    throw new JobTestError({ ...report, failures: await blamedOnModules(undisturbed, test), runs: 1 });

  const { CUT } = process.env;
  const cuts = CUT === undefined ? spread(undisturbed.cuts, maxCuts) : [knownCut(CUT, undisturbed)];
  const { failures: ofCuts, played } = await playCuts(cuts, undisturbed, test);
  const failed = [...ofCuts, ...(await failuresLeftBehind(undisturbed, test))];
  const fresh = failed.length > 0 ? { failures: [], freshRuns: 0 } : await cutFresh(cuts, undisturbed, test);
  const failures = [...failed, ...fresh.failures];
  if (failures.length > 0)
    throw new JobTestError({
      ...report,
      failures: await explained(failures, { ...test, expected: undisturbed.play }),
      runs: played,
    });
  return {
    calls: undisturbed.play.journal.calls.length,
    cuts: played,
    possibleCuts: undisturbed.cuts.length,
    freshRuns: fresh.freshRuns,
    milliseconds: Math.round(performance.now() - startedAt),
  };
}

/** After an edit, a job may have fewer calls than when the cut failed. */
function knownCut(word: string, { cuts }: Undisturbed): Cut {
  const cut = readCut(word);
  const { next: _, ...first } = cut;
  if (!cuts.some((each) => isDeepStrictEqual(each, first)))
    throw new TypeError(
      `the job has no cut ${word}: it has ${cuts.length}, up to ${writeCut(cuts.at(-1) ?? cut)}`,
    );
  return cut;
}

const spread = (cuts: readonly Cut[], max: number): readonly Cut[] =>
  cuts.length <= max
    ? cuts
    : cuts.filter(
        (_, at) => Math.floor((at * max) / cuts.length) !== Math.floor(((at - 1) * max) / cuts.length),
      );

async function playCuts(
  cuts: readonly Cut[],
  undisturbed: Undisturbed,
  { subject, allow, sameResult }: Test,
): Promise<{ readonly failures: readonly Failure[]; readonly played: number }> {
  const failures: Failure[] = [];
  const isReplay = process.env.CUT !== undefined;
  const failing = new FailedChildren(subject);
  // What the cancel of a run calls is known when the run has been played, and then it is cut, too.
  const due = [...cuts];
  for (const cut of due) {
    const play = await new Play(subject, { cut, pace: cut.pace }).run();
    const { calls, trace } = play.journal;
    if (isReplay) process.stdout.write(`${trace.join('\n')}\n`);
    const expected = await failing.expectedOf(cut, { play, undisturbed: undisturbed.play });
    const comparison = { expected, sameResult, mayBeCanceled: cut.kind.startsWith('cancel') };
    const found = [...(await judge(play, comparison)), ...attemptsInVain(cut, play)];
    const findings = found.filter(({ kind }) => !allow.includes(kind));
    if (findings.length > 0) failures.push({ cut, calls, findings, trace });
    else if (cut.next === undefined && !isReplay)
      due.push(...cutsOfCancel(cut, calls), ...cutsAfterFailure(cut, calls));
  }
  return { failures, played: due.length };
}

const kit = fileURLToPath(new URL('.', import.meta.url));

/** The command that runs the test from which this was called, by its file. */
function testCommand(): string {
  const frames = (new Error().stack ?? '').split('\n').slice(1);
  const place = frames
    // A runner may load a file by a URL with a query.
    .map((line) => /\(?(?:file:\/\/)?(\/[^()]*?)(?:\?\d+)?:\d+:\d+\)?$/.exec(line)?.[1])
    .find((file) => file !== undefined && !file.startsWith(kit) && !file.includes('/node_modules/'));
  const file = place === undefined ? '' : relative(process.cwd(), place);
  const isJest = process.env.JEST_WORKER_ID !== undefined;
  return `${isJest ? 'npm run jest --' : 'node --test'} ${file}`.trimEnd();
}
