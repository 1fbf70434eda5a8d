import { findingsOf, type SameResult } from './compare.ts';
import type { FindingKind } from './findings.ts';
import type { Subject } from './job-under-test.ts';
import type { Cut } from './play/cut.ts';
import { Play } from './play/play.ts';

interface Case {
  readonly subject: Subject;
  readonly expected: Play;
  readonly sameResult?: SameResult | undefined;
}

/** A cut that ends wrong says that something is missing, but not why. */
export const isUnexplained = (kind: FindingKind): boolean => kind === 'wrong result' || kind === 'wrong end';

/**
 * Looks for the cause of a wrong result or end: runs the job once more with one thing changed, to see whether that makes
 * the difference.
 * @returns the cause, if it was found
 */
export async function diagnose(
  cut: Cut,
  { subject, expected, sameResult }: Case,
): Promise<FindingKind | undefined> {
  const isRight = async (settings: ConstructorParameters<typeof Play>[1]): Promise<boolean> => {
    const play = await new Play(subject, { pace: cut.pace, ...settings }).run();
    return !findingsOf(play, { expected, sameResult }).some(({ kind }) => isUnexplained(kind));
  };
  // An undisturbed run that does not give what it gave depends on what another one has left behind.
  if (!(await isRight({}))) return 'module state';
  await new Play(subject, { cut: { ...cut, kind: 'cancel' }, pace: cut.pace }).run();
  if (!(await isRight({}))) return 'module state';
  if (await isRight({ cut, pinsAttempt: true })) return 'result depends on attempts';
  if (isCrash(cut) && (await isRight({ cut, savesLate: true }))) return 'state changed after it was saved';
  return undefined;
}

const isCrash = ({ kind }: Cut): boolean => kind === 'crash-before' || kind === 'crash-after';
