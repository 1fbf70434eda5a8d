import { expect, test } from '@jest/globals';
import { toStuckResponse } from '../../../../../shared/http/responses/operations-response.ts';
import { aQueuedItem } from '../../../../set-ups/samples.ts';
import { waitingJobs } from '../../../../set-ups/waiting-jobs.ts';

const reasonsOf = (item: Parameters<typeof toStuckResponse>[0]['jobs'][number]['item']) =>
  toStuckResponse({ jobs: [{ item, isKept: true }], units: 1 }).items.map(({ waitReason }) => waitReason);

test.each(Object.entries(waitingJobs))(
  'a stuck job says what it waited for: %s',
  (_kind, { item, reason }) => {
    expect(reasonsOf(item)).toEqual([reason]);
  },
);

test('a stuck job that waited for a worker says nothing', () => {
  expect(reasonsOf(aQueuedItem())).toEqual([undefined]);
});
