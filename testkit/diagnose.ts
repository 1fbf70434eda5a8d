import type { SameResult } from './compare.ts';
import type { FindingKind } from './findings.ts';
import type { Subject } from './job-under-test.ts';
import { judge } from './judge.ts';
import type { Cut, CutKind } from './play/cut.ts';
import { Play } from './play/play.ts';
import type { Failure } from './report.ts';

interface Case {
  readonly subject: Subject;
  readonly expected: Play;
  readonly sameResult?: SameResult | undefined;
}

/** These say that something is wrong, but not why. */
const unexplained: readonly FindingKind[] = ['wrong result', 'wrong end', 'wrong output'];
/** These may follow from an attempt that does something else than the first. */
const oftenByAttempt: readonly FindingKind[] = ['effect missing', 'unexpected effect'];

const causesOfBoth: readonly FindingKind[] = ['swallowed error', 'result depends on attempts'];
/** In these, a call throws, and nothing else happens. */
const byError: readonly CutKind[] = ['refused', 'lost-answer'];

/** A cause is looked for in so many of the cuts that fail. */
const maxDiagnoses = 25;

/** If the cause of a wrong result is found in one cut, it is the cause in all of them. */
export async function explained(failures: readonly Failure[], test: Case): Promise<readonly Failure[]> {
  const unclear = failures.filter(({ findings }) => findings.some(({ kind }) => isUnclear(kind)));
  const cause = unclear.every(({ cut }) => cut && byError.includes(cut.kind))
    ? 'swallowed error'
    : await firstCause(unclear.slice(0, maxDiagnoses), test);
  if (cause === undefined) return failures;
  const explains = causesOfBoth.includes(cause) ? [...unexplained, ...oftenByAttempt] : unexplained;
  // Who fails has swallowed nothing: its own error says more.
  const renamed = cause === 'swallowed error' ? explains.filter((kind) => kind !== 'wrong end') : explains;
  return failures.map((failure) => ({
    ...failure,
    findings: failure.findings.map(({ kind, detail }) => ({
      kind: renamed.includes(kind) ? cause : kind,
      detail,
    })),
  }));
}

const isUnclear = (kind: FindingKind): boolean => unexplained.includes(kind) || oftenByAttempt.includes(kind);

async function firstCause(failures: readonly Failure[], test: Case): Promise<FindingKind | undefined> {
  for (const { cut } of failures) {
    const cause = cut && (await causeOf(cut, test));
    if (cause !== undefined) return cause;
  }
  return undefined;
}

/** Runs the job once more with one thing changed, to see whether that makes the difference. */
async function causeOf(cut: Cut, { subject, expected, sameResult }: Case): Promise<FindingKind | undefined> {
  const isRight = async (settings: ConstructorParameters<typeof Play>[1]): Promise<boolean> => {
    const play = await new Play(subject, { pace: cut.pace, ...settings }).run();
    return !(await judge(play, { expected, sameResult })).some(({ kind }) => isUnclear(kind));
  };
  // An undisturbed run that does not give what it gave depends on what another one has left behind.
  if (!(await isRight({}))) return 'module state or randomness';
  await new Play(subject, { cut: { ...cut, kind: 'cancel' }, pace: cut.pace }).run();
  if (!(await isRight({}))) return 'module state or randomness';
  if (await isRight({ cut, pinsAttempt: true })) return 'result depends on attempts';
  return isCrash(cut) && (await isRight({ cut, savesLate: true }))
    ? 'state changed after it was saved'
    : undefined;
}

const isCrash = ({ kind }: Cut): boolean => kind === 'crash-before' || kind === 'crash-after';
