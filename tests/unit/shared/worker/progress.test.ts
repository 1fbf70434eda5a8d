import { describe, expect, test } from '@jest/globals';
import { Heartbeat } from '../../../../shared/worker/heartbeat.ts';
import { aDelivery, aLease, aRunningItem } from '../../../fakes/samples.ts';
import { aWorker } from '../../../fakes/worker.ts';

const aHeartbeat = (item = aRunningItem()): Heartbeat =>
  new Heartbeat(
    { lease: aLease(item), delivery: aDelivery(), controller: new AbortController() },
    aWorker().deps,
  );

describe('progress', () => {
  test.each([
    [12.345, 12.3],
    [99.96, 100],
    [-5, 0],
    [150, 100],
    [Number.NaN, 0],
  ])('of %d is told as %d', (reported, percent) => {
    const heartbeat = aHeartbeat();
    heartbeat.report(reported);
    expect(heartbeat.lastReport.progress).toEqual({ percent, message: null });
  });

  test('never goes back, neither in an attempt nor from one to the next', () => {
    const heartbeat = aHeartbeat(
      aRunningItem({ progress: { percent: 60, message: 'of the attempt before' } }),
    );
    expect(heartbeat.lastReport.progress).toEqual({ percent: 60, message: 'of the attempt before' });
    heartbeat.report(10, 'again');
    expect(heartbeat.lastReport.progress).toEqual({ percent: 60, message: 'again' });
    heartbeat.report(61);
    heartbeat.report(60.9);
    expect(heartbeat.lastReport.progress).toEqual({ percent: 61, message: null });
  });

  test('has a message of bounded length', () => {
    const heartbeat = aHeartbeat();
    heartbeat.report(1, 'x'.repeat(1_000));
    expect(heartbeat.lastReport.progress?.message).toHaveLength(200);
  });
});
