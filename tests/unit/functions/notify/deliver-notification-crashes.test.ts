import { describe, expect, test } from '@jest/globals';
import type { Attempt } from '../../../../functions/notify/attempt.ts';
import { jobEnd } from '../../../../functions/notify/job-end.ts';
import { aNotification, aNotifyFunction } from '../../../set-ups/notify.ts';

class Crash extends Error {}

interface CrashPoint {
  /** Of all calls, from 1. */
  readonly call: number;
  readonly when: 'before' | 'after';
}

/** Plays a notification to its end, and crashes the function once. What was not deleted is delivered again. */
async function play(attempts: readonly Attempt[], crash?: CrashPoint) {
  const calls: string[] = [];
  let crashed = false;
  const crashIf = (isHere: boolean) => {
    if (!isHere || crashed) return;
    crashed = true;
    throw new Crash();
  };
  const notify = aNotifyFunction({
    attempts,
    before: (call) => {
      calls.push(call);
      crashIf(crash?.when === 'before' && crash.call === calls.length);
    },
    after: () => crashIf(crash?.when === 'after' && crash.call === calls.length),
  });
  const redeliver = async (text: string): Promise<void> => {
    try {
      await notify.deliverText(text);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      await redeliver(text);
    }
  };
  await notify.notifications.send(aNotification());
  await notify.drain(redeliver);
  return { ...notify, calls };
}

const failed: Attempt = { kind: 'failed', why: 'HTTP 500' };
const stories: readonly (readonly [string, readonly Attempt[], object])[] = [
  ['delivered at once', [{ kind: 'delivered' }], { status: 'delivered' }],
  ['delivered at the third attempt', [failed, failed, { kind: 'delivered' }], { status: 'delivered' }],
  ['refused at the second attempt', [failed, { kind: 'refused', why: 'HTTP 410' }], { status: 'failed' }],
  ['impossible', [{ kind: 'impossible', why: 'no bus' }], { status: 'failed', lastError: 'no bus' }],
  ['given up after three days', [failed], { status: 'failed', lastError: 'HTTP 500' }],
];

describe.each(stories)('a notification that is %s', (_what, attempts, outcome) => {
  test('ends as it would, wherever the function crashes: told at least once, under one id', async () => {
    const undisturbed = await play(attempts);
    expect(undisturbed.records()[0]).toMatchObject(outcome);
    const points = undisturbed.calls.flatMap((_call, index) => [
      { call: index + 1, when: 'before' } as const,
      { call: index + 1, when: 'after' } as const,
    ]);
    expect(points.length).toBeGreaterThanOrEqual(6);
    for (const point of points) {
      const { told, records, deadLetters } = await play(attempts, point);
      expect({ point, record: records()[0] }).toMatchObject({ point, record: outcome });
      expect(told.length).toBeGreaterThanOrEqual(1);
      // A crash costs one more attempt, and the copy that it leaves ends at the first look.
      expect(told.length).toBeLessThanOrEqual(undisturbed.told.length + 1);
      expect(new Set(told.map(({ message }) => jobEnd(message).id))).toEqual(
        new Set([jobEnd(aNotification()).id]),
      );
      if (undisturbed.deadLetters.sent.length > 0) expect(deadLetters.sent.length).toBeGreaterThanOrEqual(1);
    }
  });
});
