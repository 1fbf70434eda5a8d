import { allowCopies, freshExport, originOf } from './fresh-modules.ts';
import type { Calls } from './job-under-test.ts';
import { judge } from './judge.ts';
import type { Cut, CutKind } from './play/cut.ts';
import { UnknownChildError } from './play/handler-runs.ts';
import { Play } from './play/play.ts';
import type { PlaySettings } from './play/play-settings.ts';
import type { Failure } from './report.ts';
import { playUndisturbed, type Test, type Undisturbed } from './undisturbed.ts';

/** After these the job goes on in another process. */
const inAnother: readonly CutKind[] = ['hand-over', 'crash-after'];
/** It takes time to load modules. */
const maxFreshCuts = 40;

/** The cuts that are played with fresh modules: of the undisturbed run, too, for it may have several slices. */
const chosen = (cuts: readonly Cut[]): readonly (Cut | undefined)[] => {
  const all = cuts.filter(({ kind }) => inAnother.includes(kind));
  const step = Math.max(1, all.length / maxFreshCuts);
  return [undefined, ...all.filter((_, at) => Math.floor(at / step) !== Math.floor((at - 1) / step))];
};

/**
 * Plays cuts with modules that each process of a worker has loaded for itself: what a handler keeps in a variable of
 * its module is not there any more.
 */
export async function cutFresh(
  cuts: readonly Cut[],
  { play: expected }: Undisturbed,
  { subject, allow, sameResult }: Test,
): Promise<{ readonly failures: readonly Failure[]; readonly freshRuns: number }> {
  const origin = await originOf(subject.exported, expected.journal.modules);
  if (!origin) return { failures: [], freshRuns: 0 };
  const failures: Failure[] = [];
  const stopCopies = allowCopies();
  const run = async (cut: Cut | undefined, exported: PlaySettings['exported']) => {
    const play = await new Play(subject, { cut, pace: cut?.pace ?? 'quick', exported }).run();
    const findings = await judge(play, { expected, sameResult });
    return { findings: findings.filter(({ kind }) => !allow.includes(kind)), journal: play.journal };
  };
  const due = chosen(cuts);
  try {
    for (const cut of due) {
      const { findings, journal } = await run(cut, () => freshExport(origin));
      if (findings.length === 0) continue;
      // With one copy for all processes nothing is lost: what fails then, fails because it is a copy, as of an error's
      // class.
      const copy = freshExport(origin);
      const failsAnyway = (await run(cut, () => copy)).findings.length > 0;
      if (failsAnyway && !cut) return { failures: [], freshRuns: 0 };
      if (failsAnyway) continue;
      const kind = 'module state or randomness';
      const found = findings.map(
        ({ detail }) => ({ kind, detail: `in a process of its own: ${detail}` }) as const,
      );
      failures.push({ ...(cut ? { cut } : {}), calls: journal.calls, findings: found, trace: journal.trace });
    }
  } catch (thrown) {
    // The copy of a contract may be another one, as with a default that is a time: then the test does not fit the copy.
    if (thrown instanceof UnknownChildError) return { failures, freshRuns: 0 };
    throw thrown;
  } finally {
    stopCopies();
  }
  return { failures, freshRuns: due.length };
}

const kindsOf = (failures: readonly Failure[]) =>
  failures.flatMap(({ findings }) => findings.map(({ kind }) => kind));

/**
 * Says so, if the faults of an undisturbed run are none in a process of its own: then they come from what an earlier
 * run of the test has left in a module, and no other remedy helps.
 */
export async function blamedOnModules(
  { play, failures }: Undisturbed,
  test: Test,
): Promise<readonly Failure[]> {
  const { subject } = test;
  const origin = await originOf(subject.exported, play.journal.modules);
  if (!origin) return failures;
  const stopCopies = allowCopies();
  try {
    const copy = await freshExport(origin);
    const handlerOf = (calls: Calls) => subject.handlerOf(calls, copy);
    const alone = { ...subject, exported: copy, isCopy: true, handlerOf };
    // In its second run the copy, too, may have something left.
    const still = new Set(kindsOf((await playUndisturbed({ ...test, subject: alone })).failures));
    if (kindsOf(failures).some((kind) => still.has(kind))) return failures;
  } catch (thrown) {
    if (thrown instanceof UnknownChildError) return failures;
    throw thrown;
  } finally {
    stopCopies();
  }
  const kind = 'module state or randomness';
  const blamed = ({ detail }: { readonly detail: string }) =>
    ({ kind, detail: `${detail}; in a process of its own there is no such fault` }) as const;
  return failures.map((failure) => ({ ...failure, findings: failure.findings.map(blamed) }));
}
