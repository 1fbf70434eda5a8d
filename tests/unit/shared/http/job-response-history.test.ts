import { describe, expect, test } from '@jest/globals';
import { toJobResponse } from '../../../../shared/http/job-response.ts';
import type { HistoryEntry } from '../../../../shared/job/item.ts';
import { aQueuedItem, t0 } from '../../../fakes/samples.ts';

const statusUrl = 'https://api.example.com/jobs/1';
const second = 1_000;
const at = (seconds: number) => t0 + seconds * second;
const started = (seconds: number): HistoryEntry => ({ event: 'started', at: at(seconds) });

const toldOf = (history: readonly HistoryEntry[]) =>
  toJobResponse(aQueuedItem({ history: [...history] }), statusUrl).history.map(
    ({ event, attempt }) => `${event} ${attempt}`,
  );

describe('the history', () => {
  test('numbers the attempts, and tells the end of each', () => {
    const history: HistoryEntry[] = [
      started(1),
      { event: 'retrying', at: at(2), attempt: 1, error: 'no' },
      started(3),
      { event: 'succeeded', at: at(4), attempt: 2 },
    ];
    expect(toldOf(history)).toEqual(['started 1', 'retrying 1', 'started 2', 'succeeded 2']);
    const [, retrying] = toJobResponse(aQueuedItem({ history }), statusUrl).history;
    expect(retrying).toEqual({ event: 'retrying', at: '2026-01-02T03:04:07.678Z', attempt: 1, error: 'no' });
  });

  test('tells of an attempt that nothing was heard of, when the next one starts', () => {
    const history = [started(1), started(5), started(9)];
    expect(toldOf(history)).toEqual(['started 1', 'crashed 1', 'started 2', 'crashed 2', 'started 3']);
    const [, crashed] = toJobResponse(aQueuedItem({ history }), statusUrl).history;
    expect(crashed?.at).toBe('2026-01-02T03:04:10.678Z');
  });

  test('leaves an attempt open that may still run', () => {
    expect(toldOf([started(1)])).toEqual(['started 1']);
  });

  test("counts anew after the user's retry", () => {
    expect(
      toldOf([
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

  test('counts anew after a hand-over', () => {
    const handedOver: HistoryEntry = { event: 'handed-over', at: at(3), attempt: 0 };
    expect(toldOf([started(1), started(2), handedOver, started(4), started(5)])).toEqual([
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
    ['a job canceled before it ran', [{ event: 'canceled', at: t0, attempt: 0 }], ['canceled 0']],
    ['a dead letter that nobody ever ran', [{ event: 'failed', at: t0 }], ['failed 0']],
    ['a dead letter after a crash', [started(1), { event: 'failed', at: at(2) }], ['started 1', 'failed 1']],
  ] as [string, HistoryEntry[], string[]][])('tells %s', (_what, history, told) => {
    expect(toldOf(history)).toEqual(told);
  });
});
