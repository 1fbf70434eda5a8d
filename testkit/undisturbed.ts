import { isDeepStrictEqual } from 'node:util';
import type { JobStatus } from '../shared/domain/state/job/transitions.ts';
import { findingsOf, type SameResult } from './compare.ts';
import { differencesOfChildren, differencesOfEffects } from './compare-effects.ts';
import type { Finding, FindingKind } from './findings.ts';
import type { Subject } from './job-under-test.ts';
import { hasOtherAnswers, judge } from './judge.ts';
import { type Cut, cutsOf, type Pace } from './play/cut.ts';
import { cutsOfChildren } from './play/cut-children.ts';
import { Play } from './play/play.ts';
import type { PlaySettings } from './play/play-settings.ts';
import type { Failure } from './report.ts';

/** A job type, its payload, and what a run is judged by. */
export interface Test {
  readonly subject: Subject;
  readonly allow: readonly FindingKind[];
  readonly sameResult: SameResult | undefined;
  /** How the undisturbed run ends. */
  readonly endsAs: JobStatus;
}

export interface Undisturbed {
  readonly play: Play;
  /** Every cut that the runs can have. */
  readonly cuts: readonly Cut[];
  readonly failures: readonly Failure[];
}

/** A job that fails in every run survives every cut, and proves nothing. */
const unexpectedEnd = (play: Play, { endsAs }: Test): readonly Finding[] =>
  play.item?.status === endsAs
    ? []
    : [
        {
          kind: 'fails undisturbed',
          detail: `${play.item?.status}, ${play.item?.error?.name}: ${play.item?.error?.message}${inVain(play)}`,
        },
      ];

/**
 * A question, for the kit cannot know: a service may answer in another way the next time, and a broken input stays
 * broken.
 */
function inVain({ item, journal }: Play): string {
  const failed = journal.log.lines.filter(({ message }) => message === 'attempt failed');
  const errors = new Set(failed.map(({ fields }) => String(fields.error)));
  if (item?.status !== 'failed' || failed.length < 2 || errors.size > 1) return '';
  return `. All ${failed.length} attempts failed in the same way: can another one mend that? If not, as with a broken input, throw a PermanentError`;
}

/** What does not happen in the undisturbed run cannot happen twice. A job that is to fail need not come so far. */
function effectsWithout({ journal }: Play, { subject, endsAs }: Test): readonly Finding[] {
  if (endsAs !== 'succeeded') return [];
  const made = new Set(journal.effects.map(({ name }) => name));
  const { effects } = subject.outside({ now: () => subject.submittedAt });
  return Object.entries(effects)
    .filter(([name, { frequency }]) => frequency !== 'anyNumber' && !made.has(name))
    .map(([name]) => ({
      kind: 'effect never happens',
      detail: `the undisturbed run makes no call of ${name}`,
    }));
}

/** A slice must have the time for some states that are stored. */
const minSlowTimeoutSeconds = 25;

/**
 * Runs the job undisturbed: twice, to see whether it does the same again, and once so slowly that it has many slices.
 */
export async function playUndisturbed(test: Test): Promise<Undisturbed> {
  const { subject, sameResult } = test;
  const { contract } = subject;
  const play = await new Play(subject, { notesModules: true }).run();
  const faults = failuresOf(play, findingsOf(play, { expected: play }), test);
  const vacuous = [...unexpectedEnd(play, test), ...effectsWithout(play, test)].slice(0, 1);
  const failures = faults.length > 0 ? faults : failuresOf(play, vacuous, test);
  if (failures.length > 0) return { play, cuts: [], failures };
  const again = [
    ...(await failuresLeftBehind({ play }, test)),
    ...(await failuresByTime(play, test)),
    ...(await failuresOfAnotherJob(play, test)),
  ];
  const ofChildren = cutsOfChildren(play.journal.spawned.count);
  const cuts = [...cutsOf(play.journal.calls, 'quick', contract), ...ofChildren];
  const isSlowToo = contract.checkpoint !== undefined && contract.timeoutSeconds >= minSlowTimeoutSeconds;
  if (again.length > 0 || !isSlowToo) return { play, cuts, failures: again };
  const pace: Pace = 'slow';
  const slow = await new Play(subject, { pace }).run();
  const findings = await judge(slow, { expected: play, sameResult });
  // Both runs are undisturbed: a finding says in which of them.
  const named = findings.map(({ kind, detail }) => ({
    kind,
    detail: `${detail}, in the run whose calls are slow`,
  }));
  const ofSlow = failuresOf(slow, named, test);
  return {
    play,
    cuts: [...cuts, ...cutsOf(slow.journal.calls, pace, contract)],
    failures: ofSlow.length > 0 ? ofSlow : await failuresByTime(slow, test, pace),
  };
}

/**
 * Runs the job again at another time, if it reads the time outside its context: only its log and what it reports may be
 * others.
 */
async function failuresByTime(expected: Play, test: Test, pace: Pace = 'quick'): Promise<readonly Failure[]> {
  const { timeRead } = expected.journal;
  if (timeRead === undefined) return [];
  const settings = { pace, shiftsTime: true };
  const { play, difference } = await runAgain(expected, { test, settings, ignored: 'another progress' });
  if (difference === undefined) return [];
  const detail = `${timeRead}: at another time the job has ${difference}`;
  return failuresOf(play, [{ kind: 'time read', detail }], test);
}

/** Runs another job, with the same payload: it must have nothing of the first one. */
async function failuresOfAnotherJob(first: Play, test: Test): Promise<readonly Failure[]> {
  const play = await new Play(test.subject, { seed: 2 }).run();
  const { journal, item, result } = play;
  const own = [...(first.item ? [first.item.id] : []), ...first.journal.uuids];
  const effects = journal.effects.filter(({ frequency }) => frequency !== 'anyNumber');
  const requests = [...effects, ...journal.spawned.happenings];
  const made = [...requests.map(({ request }) => request), item?.error, result, ...journal.checkpoints];
  const hasOf = (values: readonly unknown[]) => {
    const text = JSON.stringify(values);
    return own.some((id) => text.includes(id));
  };
  // What a service tells of the first job is no fault of the handler.
  if (!hasOf(made) || hasOf([...journal.lookUps.answers])) return [];
  const detail = 'another job has the id of this one, or a UUID of it';
  return failuresOf(play, [{ kind: 'module state or randomness', detail }], test);
}

/** Runs the job once more: what it does differently depends on the runs before. */
export async function failuresLeftBehind(
  { play: expected }: Pick<Undisturbed, 'play'>,
  test: Test,
): Promise<readonly Failure[]> {
  const { play, difference } = await runAgain(expected, { test, settings: {} });
  if (difference === undefined) return [];
  return failuresOf(
    play,
    [{ kind: 'module state or randomness', detail: `another run has ${difference}` }],
    test,
  );
}

interface Again {
  readonly test: Test;
  readonly settings: PlaySettings;
  /** What may be different. */
  readonly ignored?: string;
}

/** Runs the job again. What is different only because its look-ups were answered in another way is no difference. */
async function runAgain(expected: Play, { test: { subject }, settings, ignored }: Again) {
  const play = await new Play(subject, settings).run();
  const difference = differenceOf(play, expected, ignored);
  if (difference === undefined || !hasOtherAnswers(play, expected)) return { play, difference };
  const same = await new Play(subject, { ...settings, answers: expected.journal.lookUps.answers }).run();
  return { play: same, difference: differenceOf(same, expected, ignored) };
}

/**
 * Where real work races, progress follows the order in which it ends; effects and children are compared without their
 * order.
 */
const ofOrder = ['another progress', 'other effects', 'other children'];

const sorted = (values: readonly unknown[]): readonly string[] =>
  values.map((value) => JSON.stringify(value)).toSorted();

function differenceOf(play: Play, expected: Play, ignored?: string): string | undefined {
  const hasRaced = play.journal.hasRaced || expected.journal.hasRaced;
  const facts = ({ journal, item, result, output }: Play) => ({
    'another end': item?.status,
    'another error': item?.error,
    'another result': result,
    'another output': output,
    'other states': hasRaced ? sorted(journal.checkpoints) : journal.checkpoints,
    'another progress': journal.progress,
    'other effects': journal.effects
      .filter(({ frequency }) => frequency !== 'anyNumber')
      .map(({ name, request }) => [name, request]),
    'other children': journal.spawned.happenings.map(({ key, request }) => [key, request]),
  });
  const own = Object.entries(facts(play));
  const due: Readonly<Record<string, unknown>> = facts(expected);
  const { journal } = play;
  const ignores = (what: string) => what === ignored || (hasRaced && ofOrder.includes(what));
  const found = own.find(([what, value]) => !ignores(what) && !isDeepStrictEqual(value, due[what]))?.[0];
  if (found !== undefined || !hasRaced) return found;
  if (differencesOfEffects(journal, expected.journal, false).length > 0) return 'other effects';
  return differencesOfChildren(journal, expected.journal, false).length > 0 ? 'other children' : undefined;
}

function failuresOf(play: Play, findings: readonly Finding[], { allow }: Test): readonly Failure[] {
  const { calls, trace } = play.journal;
  const kept = findings.filter(({ kind }) => !allow.includes(kind));
  return kept.length === 0 ? [] : [{ calls, findings: kept, trace }];
}
