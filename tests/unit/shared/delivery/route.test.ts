import { describe, expect, test } from '@jest/globals';
import { contracts } from '../../../../job-types/contracts.ts';
import { routeOf } from '../../../../shared/delivery/route.ts';
import type { JobMessage } from '../../../../shared/job/message.ts';
import { aMessage, anId, dayMs, t0 } from '../../../fakes/samples.ts';

const minute = 60_000;
const routeWith = (options: Partial<JobMessage['options']>, over: Partial<JobMessage> = {}) =>
  routeOf(aMessage({ ...over, options: { maxAttempts: 3, ...options } }), contracts, t0);

describe('the message of a job', () => {
  test.each([
    ['countdown', 'long'],
    ['csv-aggregate', 'standard'],
    ['of-yesterday', 'standard'],
  ])('of type %s that may run at once goes to its run queue', (type, queue) => {
    expect(routeWith({}, { type })).toEqual({ queue, delaySeconds: 0 });
    expect(routeWith({}, { type, run: 2 })).toEqual({ queue, delaySeconds: 0 });
  });

  test.each(['countdown', 'csv-aggregate'])('of a group goes to the ordered queue, be it a %s', (type) => {
    expect(routeWith({ group: 'a group' }, { type })).toEqual({ queue: 'ordered', delaySeconds: 0 });
  });

  test.each([
    [-dayMs, 'long', 0],
    [0, 'long', 0],
    [1, 'long', 0.001],
    [15 * minute, 'long', 900],
    [15 * minute + 1, 'waiting', 900],
    [14 * dayMs, 'waiting', 900],
  ])('that may run in %d ms is delayed on the %s queue for %d s', (ahead, queue, delaySeconds) => {
    expect(routeWith({ runAt: t0 + ahead })).toEqual({ queue, delaySeconds });
  });

  test.each([undefined, t0 - 1, t0 + minute, t0 + dayMs])(
    'with dependencies goes to admission at once, to be registered with them, whatever its time: %s',
    (runAt) => {
      const options = { dependsOn: [anId(1)], ...(runAt === undefined ? {} : { runAt }) };
      expect(routeWith(options)).toEqual({ queue: 'waiting', delaySeconds: 0 });
    },
  );
});
