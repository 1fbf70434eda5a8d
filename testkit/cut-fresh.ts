import { allowCopies, freshExport, originOf } from './fresh-modules.ts';
import { judge } from './judge.ts';
import type { Cut, CutKind } from './play/cut.ts';
import { Play } from './play/play.ts';
import type { PlaySettings } from './play/play-settings.ts';
import type { Failure } from './report.ts';
import type { Test, Undisturbed } from './undisturbed.ts';

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
 * Plays cuts with modules that each process of a worker has loaded for itself: what a handler keeps in a variable of its
 * module is not there any more.
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
    const findings = await judge(play, { subject, expected, sameResult });
    return { findings: findings.filter(({ kind }) => !allow.includes(kind)), journal: play.journal };
  };
  const due = chosen(cuts);
  try {
    for (const cut of due) {
      const { findings, journal } = await run(cut, () => freshExport(origin));
      if (findings.length === 0) continue;
      // With one copy for all processes nothing is lost: what fails then, fails because it is a copy, as of an error's class.
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
  } finally {
    stopCopies();
  }
  return { failures, freshRuns: due.length };
}
