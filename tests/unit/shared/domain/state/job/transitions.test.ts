import { describe, expect, test } from '@jest/globals';
import { historyWith, shortText } from '../../../../../../shared/domain/state/job/history.ts';
import type { HistoryEntry } from '../../../../../../shared/domain/state/job/item.ts';
import {
  isTerminal,
  jobStatuses,
  type Origin,
  type Transition,
  type TransitionName,
  transitions,
} from '../../../../../../shared/domain/state/job/transitions.ts';

const byName = Object.entries(transitions) as [TransitionName, Transition][];

/** Every change of state, and the transitions that make it. `expired...` is a `running` job whose lease has expired. */
const changes: readonly [from: Origin, to: string, by: readonly TransitionName[]][] = [
  ['absent', 'queued', ['submit']],
  ['absent', 'waiting', ['schedule', 'defer', 'postpone', 'awaitHandler']],
  ['absent', 'running', ['claim']],
  ['absent', 'failed', ['failUnclaimed', 'failLate']],
  ['absent', 'canceled', ['cancelChild', 'cancelUnborn', 'eraseUnborn']],
  ['queued', 'waiting', ['defer', 'postpone', 'awaitHandler']],
  [
    'queued',
    'same',
    [
      'answerWait',
      'keepMessage',
      'lookAgain',
      'noteCopy',
      'registerDependent',
      'requestCancel',
      'saveReceiptHandle',
      'storeSignal',
    ],
  ],
  ['queued', 'running', ['claim']],
  ['queued', 'canceled', ['cancel', 'cancelForgotten', 'finishCancel']],
  ['queued', 'failed', ['failUnclaimed', 'failLate', 'failForgotten', 'failLost']],
  ['waiting', 'queued', ['admit', 'startParent']],
  ['waiting', 'waiting', ['postpone', 'awaitHandler']],
  [
    'waiting',
    'same',
    [
      'answerWait',
      'keepMessage',
      'lookAgain',
      'noteCopy',
      'registerDependent',
      'replace',
      'requestCancel',
      'saveReceiptHandle',
      'storeSignal',
    ],
  ],
  ['waiting', 'running', ['claim']],
  ['waiting', 'canceled', ['cancel', 'finishCancel']],
  ['waiting', 'failed', ['failUnclaimed', 'failLate', 'failForgotten', 'failLost']],
  ['expiredAlone', 'running', ['claim']],
  ['expiredWithOthers', 'running', ['reclaim']],
  ['expiredAlone', 'failed', ['failExhausted']],
  ['expired', 'failed', ['failUnclaimed', 'failLost']],
  ['expired', 'waiting', ['awaitHandler']],
  ['expired', 'canceled', ['cancelForgotten', 'finishCancel']],
  ['running', 'running', ['renew']],
  [
    'running',
    'same',
    ['closeWait', 'keepMessage', 'noteCopy', 'registerDependent', 'requestCancel', 'storeSignal'],
  ],
  ['running', 'queued', ['release', 'handOver', 'interrupt', 'giveBack']],
  ['running', 'waiting', ['awaitSignal', 'sleep', 'leaveQueue']],
  ['running', 'succeeded', ['succeed']],
  ['running', 'failed', ['fail']],
  ['running', 'canceled', ['stop']],
  ['failed', 'queued', ['retry']],
  ['canceled', 'queued', ['retry', 'revive']],
  ['canceled', 'canceled', ['saveMessage']],
  ['succeeded', 'same', ['erase', 'recordNotification']],
  ['failed', 'same', ['erase', 'keepMessage', 'recordNotification']],
  ['canceled', 'same', ['erase', 'keepMessage', 'recordNotification']],
];

describe('transitions', () => {
  describe('the table of transitions', () => {
    test.each(changes)('leads from %s to %s only by %j', (from, to, by) => {
      const found = byName.filter(([, transition]) => transition.from.includes(from) && transition.to === to);
      expect(found.map(([name]) => name).sort()).toEqual([...by].sort());
    });

    test('allows no other change of state', () => {
      const found = byName.flatMap(([name, { from, to }]) =>
        from.map((origin) => `${origin} -> ${to} by ${name}`),
      );
      const allowed = changes.flatMap(([from, to, by]) => by.map((name) => `${from} -> ${to} by ${name}`));
      expect(found.sort()).toEqual(allowed.sort());
    });

    test("leads out of a terminal status only by the user's retry", () => {
      const leaving = byName.filter(
        ([, { from, to }]) =>
          to !== 'same' &&
          !isTerminal(to) &&
          from.some((origin) => ['succeeded', 'failed', 'canceled'].includes(origin)),
      );
      expect(leaving.map(([name]) => name).sort()).toEqual(['retry', 'revive']);
    });

    test('changes nothing of a job that has ended, but that it is erased or retried, keeps its message, or has told of its end', () => {
      const changing = (status: Origin) =>
        byName.filter(([, { from }]) => from.includes(status)).map(([name]) => name);
      expect(changing('succeeded')).toEqual(['erase', 'recordNotification']);
      expect(changing('failed').sort()).toEqual(['erase', 'keepMessage', 'recordNotification', 'retry']);
      expect(changing('canceled').sort()).toEqual([
        'erase',
        'keepMessage',
        'recordNotification',
        'retry',
        'revive',
        'saveMessage',
      ]);
    });

    test('requires the fencing token for every write of the worker that holds the job', () => {
      const byWorker = [
        'renew',
        'succeed',
        'fail',
        'stop',
        'release',
        'handOver',
        'sleep',
        'awaitSignal',
        'closeWait',
        'interrupt',
      ] as const;
      for (const name of byWorker) {
        expect(transitions[name].from).toEqual(['running']);
        expect(transitions[name].requires).toContain('fencingToken');
      }
    });

    test('allows no claim, release, hand-over or sleep after a cancel was requested', () => {
      for (const name of [
        'claim',
        'release',
        'leaveQueue',
        'handOver',
        'sleep',
        'awaitSignal',
        'interrupt',
      ] as const)
        expect(transitions[name].requires).toContain('notCanceling');
    });

    test('requires the same request for every write that is made from a message', () => {
      const byMessage = [
        'defer',
        'admit',
        'claim',
        'saveReceiptHandle',
        'failExhausted',
        'finishCancel',
        'failUnclaimed',
        'failLate',
        'saveMessage',
        'retry',
        'revive',
      ] as const;
      for (const name of byMessage) expect(transitions[name].requires).toContain('sameRequest');
    });

    test('allows a dependent to be registered only with an unfinished job, and a job to be claimed only when it is due', () => {
      const unfinished = jobStatuses.filter((status) => !isTerminal(status));
      expect([...transitions.registerDependent.from].sort()).toEqual([...unfinished].sort());
      expect(transitions.claim.requires).toContain('due');
    });

    test('requires for a claim that the job starts in time, and for its failure that it does not', () => {
      expect(transitions.claim.requires).toContain('inTime');
      expect(transitions.failLate.requires).toContain('late');
    });
  });

  test.each(jobStatuses)(
    'isTerminal is true only for succeeded, failed and canceled (here: %s)',
    (status) => {
      expect(isTerminal(status)).toBe(['succeeded', 'failed', 'canceled'].includes(status));
    },
  );
});

const resubmitted = (at: number): HistoryEntry => ({ event: 'resubmitted', at, attempt: 0 });
/** The history entries of a run of `attempts` failed attempts. */
const run = (at: number, attempts: number): HistoryEntry[] =>
  Array.from({ length: attempts }, (_, index): HistoryEntry[] => [
    { event: 'started', at },
    { event: index + 1 < attempts ? 'retrying' : 'failed', at, attempt: index + 1, error: 'no' },
  ]).flat();

describe('historyWith', () => {
  test('keeps all earlier entries as long as there is room', () => {
    const history = run(1, 5);
    expect(historyWith({ history, maxAttempts: 5 }, resubmitted(2))).toEqual([...history, resubmitted(2)]);
  });

  test.each([1, 3, 5, 50, 100])(
    'keeps at most 240 entries, and always the latest run, after many runs of %d attempts',
    (maxAttempts) => {
      let history: HistoryEntry[] = [];
      for (let at = 1; at < 300; at += 1) {
        history = [...historyWith({ history, maxAttempts }, resubmitted(at)), ...run(at, maxAttempts)];
        expect(history.length).toBeLessThanOrEqual(240);
      }
      expect(history.slice(-2 * maxAttempts - 1)).toEqual([resubmitted(299), ...run(299, maxAttempts)]);
      expect(history[0]?.event).toBe('resubmitted');
    },
  );
});

describe('shortText', () => {
  test.each([
    ['is empty', ''],
    ['is short', 'no'],
    ['has 200 characters of one byte', 'a'.repeat(200)],
    ['has 100 characters of two bytes', 'ü'.repeat(100)],
  ])('keeps a text that %s', (_what, text) => {
    expect(shortText(text)).toBe(text);
  });

  test('cuts a text after 200 bytes, but never within a character', () => {
    expect(shortText('a'.repeat(201))).toBe('a'.repeat(200));
    expect(shortText(`a${'ü'.repeat(100)}`)).toBe(`a${'ü'.repeat(99)}`);
    expect(shortText('🎈'.repeat(51))).toBe('🎈'.repeat(50));
    expect(shortText(`aa${'🎈'.repeat(50)}`)).toBe(`aa${'🎈'.repeat(49)}`);
  });
});
