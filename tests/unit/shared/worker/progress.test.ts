import { describe, expect, test } from '@jest/globals';
import { Heartbeat } from '../../../../shared/worker/heartbeat.ts';
import { aDelivery, aLease, aRunningItem } from '../../../set-ups/samples.ts';
import { aWorker } from '../../../set-ups/worker.ts';

const aHeartbeat = (item = aRunningItem()): Heartbeat =>
  new Heartbeat(
    { lease: aLease(item), delivery: aDelivery(), controller: new AbortController() },
    aWorker().deps,
  );

describe('the reported progress', () => {
  test.each([
    [12.345, 12.3],
    [99.96, 100],
    [-5, 0],
    [150, 100],
    [Number.NaN, 0],
  ])('of %d percent is stored as %d', (reported, percent) => {
    const heartbeat = aHeartbeat();
    heartbeat.report(reported);
    expect(heartbeat.lastReport.progress).toEqual({ percent, message: null });
  });

  test('never decreases, neither within an attempt nor from one attempt to the next', () => {
    const heartbeat = aHeartbeat(
      aRunningItem({ progress: { percent: 60, message: 'of the previous attempt' } }),
    );
    expect(heartbeat.lastReport.progress).toEqual({ percent: 60, message: 'of the previous attempt' });
    heartbeat.report(10, 'from the start');
    expect(heartbeat.lastReport.progress).toEqual({ percent: 60, message: 'from the start' });
    heartbeat.report(61);
    heartbeat.report(60.9);
    expect(heartbeat.lastReport.progress).toEqual({ percent: 61, message: null });
  });

  test('has a message of at most 200 characters', () => {
    const heartbeat = aHeartbeat();
    heartbeat.report(1, 'x'.repeat(1_000));
    expect(heartbeat.lastReport.progress?.message).toHaveLength(200);
  });
});
