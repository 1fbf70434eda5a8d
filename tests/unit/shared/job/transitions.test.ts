import { describe, expect, test } from '@jest/globals';
import {
  isTerminal,
  jobStatuses,
  type Origin,
  type Transition,
  type TransitionName,
  transitions,
} from '../../../../shared/job/transitions.ts';

const named = Object.entries(transitions) as [TransitionName, Transition][];

/** Every way between two states, and who takes it. `expired...` is a `running` job whose lease has run out. */
const ways: readonly [from: Origin, to: string, by: readonly TransitionName[]][] = [
  ['absent', 'queued', ['submit']],
  ['absent', 'waiting', ['schedule', 'defer']],
  ['absent', 'running', ['claim']],
  ['absent', 'failed', ['failUnclaimed']],
  ['queued', 'waiting', ['defer']],
  ['queued', 'same', ['registerDependent', 'saveReceiptHandle']],
  ['queued', 'running', ['claim']],
  ['queued', 'canceled', ['cancel', 'finishCancel']],
  ['queued', 'failed', ['failUnclaimed']],
  ['waiting', 'queued', ['admit']],
  ['waiting', 'same', ['registerDependent', 'saveReceiptHandle']],
  ['waiting', 'running', ['claim']],
  ['waiting', 'canceled', ['cancel', 'finishCancel']],
  ['waiting', 'failed', ['failUnclaimed']],
  ['expiredAlone', 'running', ['claim']],
  ['expiredInCompany', 'running', ['reclaim']],
  ['expiredAlone', 'failed', ['failExhausted']],
  ['expired', 'failed', ['failUnclaimed']],
  ['expired', 'canceled', ['finishCancel']],
  ['running', 'running', ['renew', 'requestCancel']],
  ['running', 'same', ['registerDependent']],
  ['running', 'queued', ['release', 'handOver']],
  ['running', 'waiting', ['sleep']],
  ['running', 'succeeded', ['succeed']],
  ['running', 'failed', ['fail']],
  ['running', 'canceled', ['stop']],
  ['failed', 'queued', ['retry']],
  ['canceled', 'queued', ['retry', 'revive']],
  ['canceled', 'canceled', ['saveMessage']],
];

describe('the table of transitions', () => {
  test.each(ways)('leads from %s to %s by %j', (from, to, by) => {
    const leading = named.filter(([, way]) => way.from.includes(from) && way.to === to);
    expect(leading.map(([name]) => name).sort()).toEqual([...by].sort());
  });

  test('knows no other way', () => {
    const led = named.flatMap(([name, way]) => way.from.map((from) => `${from} -> ${way.to} by ${name}`));
    const allowed = ways.flatMap(([from, to, by]) => by.map((name) => `${from} -> ${to} by ${name}`));
    expect(led.sort()).toEqual(allowed.sort());
  });

  test("leaves what is terminal only by the user's retry", () => {
    const leaving = named.filter(
      ([, way]) =>
        (way.to === 'same' || !isTerminal(way.to)) &&
        way.from.some((from) => ['succeeded', 'failed', 'canceled'].includes(from)),
    );
    expect(leaving.map(([name]) => name).sort()).toEqual(['retry', 'revive']);
  });

  test('never leaves succeeded', () => {
    expect(named.filter(([, { from }]) => from.includes('succeeded'))).toEqual([]);
  });

  test('has a worker prove its fencingToken for whatever it does to the job it holds', () => {
    const byWorker = ['renew', 'succeed', 'fail', 'stop', 'release', 'handOver', 'sleep'] as const;
    for (const name of byWorker) {
      expect(transitions[name].from).toEqual(['running']);
      expect(transitions[name].requires).toContain('fencingToken');
    }
  });

  test('lets no job go on once a cancel was requested', () => {
    for (const name of ['claim', 'release', 'handOver', 'sleep'] as const)
      expect(transitions[name].requires).toContain('notCanceling');
  });

  test('has every write that rests on a message prove that it is the same request', () => {
    const byMessage = [
      'defer',
      'admit',
      'claim',
      'saveReceiptHandle',
      'failExhausted',
      'finishCancel',
      'failUnclaimed',
      'saveMessage',
      'retry',
      'revive',
    ] as const;
    for (const name of byMessage) expect(transitions[name].requires).toContain('sameRequest');
  });

  test('registers a dependent only with a job that has not finished, and starts no job before its time', () => {
    const unfinished = jobStatuses.filter((status) => !isTerminal(status));
    expect([...transitions.registerDependent.from].sort()).toEqual([...unfinished].sort());
    expect(transitions.claim.requires).toContain('due');
  });
});

test.each(jobStatuses)('%s is terminal or not', (status) => {
  expect(isTerminal(status)).toBe(['succeeded', 'failed', 'canceled'].includes(status));
});
