import { describe, expect, test } from '@jest/globals';
import { historyWith, shortError } from '../../../../shared/job/history.ts';
import type { HistoryEntry } from '../../../../shared/job/item.ts';

const beginning = (at: number): HistoryEntry => ({ event: 'resubmitted', at, attempt: 0 });
/** A run of so many attempts that fail, as the table has it. */
const run = (at: number, attempts: number): HistoryEntry[] =>
  Array.from({ length: attempts }, (_, index): HistoryEntry[] => [
    { event: 'started', at },
    { event: index + 1 < attempts ? 'retrying' : 'failed', at, attempt: index + 1, error: 'no' },
  ]).flat();

describe('a history', () => {
  test('with a beginning says all it said before, as long as there is room', () => {
    const history = run(1, 5);
    expect(historyWith({ history, maxAttempts: 5 }, beginning(2))).toEqual([...history, beginning(2)]);
  });

  test.each([1, 3, 5, 50, 100])(
    'has at most 240 entries, of however many runs of %d attempts',
    (maxAttempts) => {
      let history: HistoryEntry[] = [];
      for (let at = 1; at < 300; at += 1) {
        history = [...historyWith({ history, maxAttempts }, beginning(at)), ...run(at, maxAttempts)];
        expect(history.length).toBeLessThanOrEqual(240);
      }
      expect(history.slice(-2 * maxAttempts - 1)).toEqual([beginning(299), ...run(299, maxAttempts)]);
      expect(history[0]?.event).toBe('resubmitted');
    },
  );
});

describe('the error in a history', () => {
  test.each(['', 'no', 'a'.repeat(200), 'ü'.repeat(100)])('is told whole if it is short: %s', (text) => {
    expect(shortError(text)).toBe(text);
  });

  test('is cut after 200 bytes, and never within a character', () => {
    expect(shortError('a'.repeat(201))).toBe('a'.repeat(200));
    expect(shortError(`a${'ü'.repeat(100)}`)).toBe(`a${'ü'.repeat(99)}`);
    expect(shortError('🎈'.repeat(51))).toBe('🎈'.repeat(50));
    expect(shortError(`aa${'🎈'.repeat(50)}`)).toBe(`aa${'🎈'.repeat(49)}`);
  });
});
