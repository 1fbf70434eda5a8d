import { isDeepStrictEqual } from 'node:util';
import { findingsOf, type SameResult } from './compare.ts';
import type { Finding } from './findings.ts';
import type { Answers } from './play/look-ups.ts';
import type { Play } from './play/play.ts';

interface Case {
  /** The undisturbed run. */
  readonly expected: Play;
  readonly sameResult?: SameResult | undefined;
  /** The job may also end canceled, with only a part of its effects. */
  readonly mayBeCanceled?: boolean;
}

/**
 * What is wrong with a run. If its look-ups were answered in another way than those of the undisturbed run, then what
 * it did may be another thing, too: it must be what the other run does if it gets the same answers.
 */
export async function judge(play: Play, comparison: Case): Promise<readonly Finding[]> {
  const findings = findingsOf(play, comparison);
  if (findings.length === 0 || !hasOtherAnswers(play, comparison.expected)) return findings;
  const { lookUps } = play.journal;
  const { answers: due } = comparison.expected.journal.lookUps;
  // Nobody knows which answers the handler has kept: all, or the last ones that a start of it had.
  const kept = lookUps.starts.map((start) => lastOf(lookUps.answersUntil(start), due));
  for (const answers of [lookUps.answers, ...kept]) {
    const expected = await comparison.expected.again(answers).run();
    if (findingsOf(play, { ...comparison, expected }).length === 0) return [];
  }
  return findings;
}

/** Whether a look-up of a run was answered as none of the other run was. */
export function hasOtherAnswers({ journal }: Play, other: Play): boolean {
  const { answers } = other.journal.lookUps;
  return [...journal.lookUps.answers].some(([lookUp, values]) =>
    values.some((value) => !answers.get(lookUp)?.some((known) => isDeepStrictEqual(known, value))),
  );
}

/** What was looked up again, was answered anew: as many of the last answers as an undisturbed run asks for. */
const lastOf = (answers: Answers, due: Answers): Answers =>
  new Map([...answers].map(([lookUp, values]) => [lookUp, values.slice(-(due.get(lookUp)?.length ?? 1))]));
