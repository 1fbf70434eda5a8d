import { describe, expect, test } from '@jest/globals';
import { disturbances, serverFaults } from './faults.ts';
import { choose, chosenShare, inShare, reached, shares } from './share.ts';

/** Git, as far as it knows. */
const knowing = (answers: Readonly<Record<string, string>>) => (command?: string) => answers[command ?? ''];
const commits = (count: number) => knowing({ 'rev-parse': 'false', 'rev-list': String(count) });

describe('the share', () => {
  test('of ten commits in a row, each plays other cases, and together they play every case', () => {
    const calls = ['send to run', 'submit', 'read', 'claim', 'read object', 'succeed', 'delete run-1'];
    const cases = disturbances(calls, serverFaults);
    const played = Array.from({ length: shares }, (_, later) =>
      cases.filter(inShare(chosenShare({}, commits(567 + later)).number)),
    );
    expect(played.flat()).toHaveLength(cases.length);
    expect(new Set(played.flat())).toEqual(new Set(cases));
    for (const some of played) expect(Math.abs(some.length - cases.length / shares)).toBeLessThan(1);
  });

  test('is one more with each commit, or what SHARE says', () => {
    expect(chosenShare({}, commits(568))).toEqual({ number: 8, by: '568 commits' });
    expect(chosenShare({}, commits(570)).number).toBe(0);
    expect(chosenShare({ SHARE: '3' }, commits(568))).toEqual({ number: 3, by: 'SHARE' });
    expect(() => chosenShare({ SHARE: '10' })).toThrow(RangeError);
    expect(() => chosenShare({ SHARE: '' })).toThrow(RangeError);
  });

  test('is chosen by the date where the number of commits is not known', () => {
    const [today, tomorrow] = [Date.UTC(2026, 10, 27), Date.UTC(2026, 10, 28)];
    const shallow = knowing({ 'rev-parse': 'true', 'rev-list': '1' });
    for (const git of [shallow, knowing({})]) {
      expect(chosenShare({}, git, today).by).toBe('the date');
      expect(chosenShare({}, git, tomorrow).number).toBe((chosenShare({}, git, today).number + 1) % shares);
    }
  });
});

describe('what a change can reach is played whole', () => {
  const files = ['clock-scenarios', 'group-scenarios', 'long-scenarios', 'take-over-scenarios'];
  const by = (...touched: readonly string[]) => [...reached(files, touched)];

  test.each([
    'shared/domain/state/transitions.ts',
    'shared/delivery/classify-delivery.ts',
    'shared/worker/process-delivery.ts',
    'shared/operations/cancel-job.ts',
    'shared/admission/process-arrival.ts',
    'shared/delivery/resolve-dead-letter.ts',
    'shared/notify/deliver-notification.ts',
    'server/serve-queue.ts',
    'tests/job-types/counting/handler.ts',
    'testkit/play/virtual-time.ts',
    'tests/simulation/world.ts',
    'tests/simulation/invariants.ts',
    'tests/simulation/enumerate.ts',
    'package-lock.json',
  ])('%s reaches everything', (file) => {
    expect(by(file)).toEqual(files);
  });

  test('scenarios reach their own file, and those that build on it', () => {
    expect(by('tests/simulation/clock-scenarios.ts')).toEqual(['clock-scenarios']);
    expect(by('tests/simulation/long-scenarios.ts')).toEqual(['long-scenarios', 'take-over-scenarios']);
  });

  test.each([
    'README.md',
    'shared/http/respond.ts',
    'functions/pages/words.ts',
    'job-types/send-email/handler.ts',
  ])('%s reaches nothing', (file) => {
    expect(by(file)).toEqual([]);
  });

  test('in the long tests everything is played', () => {
    expect(choose(files, { SIMULATION: 'full' })).toEqual({
      whole: new Set(files),
      share: 0,
      text: 'everything',
    });
  });
});
