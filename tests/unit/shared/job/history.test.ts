import { describe, expect, test } from '@jest/globals';
import { historyWith, shortError } from '../../../../shared/job/history.ts';
import type { HistoryEntry } from '../../../../shared/job/item.ts';

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

describe('shortError', () => {
  test.each([
    ['is empty', ''],
    ['is short', 'no'],
    ['has 200 characters of one byte', 'a'.repeat(200)],
    ['has 100 characters of two bytes', 'ü'.repeat(100)],
  ])('keeps a text that %s', (_what, text) => {
    expect(shortError(text)).toBe(text);
  });

  test('cuts a text after 200 bytes, but never within a character', () => {
    expect(shortError('a'.repeat(201))).toBe('a'.repeat(200));
    expect(shortError(`a${'ü'.repeat(100)}`)).toBe(`a${'ü'.repeat(99)}`);
    expect(shortError('🎈'.repeat(51))).toBe('🎈'.repeat(50));
    expect(shortError(`aa${'🎈'.repeat(50)}`)).toBe(`aa${'🎈'.repeat(49)}`);
  });
});
