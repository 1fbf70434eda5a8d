import { describe, expect, test } from '@jest/globals';
import { contracts } from '../../../../job-types/contracts.ts';
import { routeOf } from '../../../../shared/delivery/route.ts';
import type { JobMessage } from '../../../../shared/job/message.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aMessage, anId, dayMs } from '../../../set-ups/samples.ts';

const minute = 60_000;
const routeWith = (options: Partial<JobMessage['options']>, over: Partial<JobMessage> = {}) =>
  routeOf(aMessage({ ...over, options: { maxAttempts: 3, ...options } }), contracts, t0);

describe('routeOf', () => {
  test.each([
    ['countdown', 'long'],
    ['csv-aggregate', 'standard'],
    ['removed-type', 'standard'],
  ])('sends a message of type %s to its run queue, "%s", if the job may run at once', (type, queue) => {
    expect(routeWith({}, { type })).toEqual({ queue, delaySeconds: 0 });
    expect(routeWith({}, { type, run: 2 })).toEqual({ queue, delaySeconds: 0 });
  });

  test.each(['countdown', 'csv-aggregate'])(
    'sends a message with a group to the ordered queue, also for the type %s',
    (type) => {
      expect(routeWith({ group: 'a group' }, { type })).toEqual({ queue: 'ordered', delaySeconds: 0 });
    },
  );

  test.each([
    [-dayMs, 'long', 0],
    [0, 'long', 0],
    [1, 'long', 0.001],
    [15 * minute, 'long', 900],
    [15 * minute + 1, 'waiting', 900],
    [30 * minute, 'waiting', 900],
    [30 * minute + 1, 'waiting', 5],
    [14 * dayMs, 'waiting', 5],
  ])(
    'sends a message whose job may run in %d ms to the %s queue with a delay of %d s',
    (dueInMs, queue, delaySeconds) => {
      expect(routeWith({ runAt: t0 + dueInMs })).toEqual({ queue, delaySeconds });
    },
  );

  test.each([
    ['no start time', undefined],
    ['a start time that is past', t0 - 1],
    ['a start time in a minute', t0 + minute],
    ['a start time in a day', t0 + dayMs],
  ])('sends a message with dependencies and %s to the waiting queue without a delay', (_what, runAt) => {
    const options = { dependsOn: [anId(1)], ...(runAt === undefined ? {} : { runAt }) };
    expect(routeWith(options)).toEqual({ queue: 'waiting', delaySeconds: 0 });
  });
});
