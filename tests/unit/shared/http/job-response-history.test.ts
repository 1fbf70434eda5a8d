import { describe, expect, test } from '@jest/globals';
import { toJobResponse } from '../../../../shared/http/job-response.ts';
import type { HistoryEntry } from '../../../../shared/job/item.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aQueuedItem } from '../../../set-ups/samples.ts';

const urls = {
  statusUrl: 'https://api.example.com/jobs/1',
  pageUrl: 'https://api.example.com/ui/jobs/1?grant=a',
};
const second = 1_000;
const at = (seconds: number) => t0 + seconds * second;
const started = (seconds: number): HistoryEntry => ({ event: 'started', at: at(seconds) });

const shownOf = (history: readonly HistoryEntry[]) =>
  toJobResponse(aQueuedItem({ history: [...history] }), urls).history.map(
    ({ event, attempt }) => `${event} ${attempt}`,
  );

describe('the history in a job response', () => {
  test('numbers the attempts, and shows the end of each', () => {
    const history: HistoryEntry[] = [
      started(1),
      { event: 'retrying', at: at(2), attempt: 1, error: 'no' },
      started(3),
      { event: 'succeeded', at: at(4), attempt: 2 },
    ];
    expect(shownOf(history)).toEqual(['started 1', 'retrying 1', 'started 2', 'succeeded 2']);
    const [, retrying] = toJobResponse(aQueuedItem({ history }), urls).history;
    expect(retrying).toEqual({ event: 'retrying', at: '2026-01-02T03:04:07.678Z', attempt: 1, error: 'no' });
  });

  test('shows an attempt without a stored end as crashed when the next attempt starts', () => {
    const history = [started(1), started(5), started(9)];
    expect(shownOf(history)).toEqual(['started 1', 'crashed 1', 'started 2', 'crashed 2', 'started 3']);
    const [, crashed] = toJobResponse(aQueuedItem({ history }), urls).history;
    expect(crashed?.at).toBe('2026-01-02T03:04:10.678Z');
  });

  test('shows no end of the last attempt, which may still be running', () => {
    expect(shownOf([started(1)])).toEqual(['started 1']);
  });

  test("starts the numbers again from 1 after the user's retry", () => {
    expect(
      shownOf([
        started(1),
        { event: 'retrying', at: at(2), attempt: 1 },
        started(3),
        { event: 'failed', at: at(4), attempt: 2 },
        { event: 'resubmitted', at: at(5), attempt: 0 },
        started(6),
        { event: 'succeeded', at: at(7), attempt: 1 },
      ]),
    ).toEqual([
      'started 1',
      'retrying 1',
      'started 2',
      'failed 2',
      'resubmitted 0',
      'started 1',
      'succeeded 1',
    ]);
  });

  test('starts the numbers again from 1 after a hand-over', () => {
    const handedOver: HistoryEntry = { event: 'handed-over', at: at(3), attempt: 0 };
    expect(shownOf([started(1), started(2), handedOver, started(4), started(5)])).toEqual([
      'started 1',
      'crashed 1',
      'started 2',
      'handed-over 0',
      'started 1',
      'crashed 1',
      'started 2',
    ]);
  });

  test.each([
    ['the cancel of a job that never ran', [{ event: 'canceled', at: t0, attempt: 0 }], ['canceled 0']],
    ['the failure of a job that never ran', [{ event: 'failed', at: t0 }], ['failed 0']],
    [
      'the failure of a job after a crash',
      [started(1), { event: 'failed', at: at(2) }],
      ['started 1', 'failed 1'],
    ],
  ] as [string, HistoryEntry[], string[]][])('shows %s', (_what, history, shown) => {
    expect(shownOf(history)).toEqual(shown);
  });
});
