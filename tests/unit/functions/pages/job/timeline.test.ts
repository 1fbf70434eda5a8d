import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stretchesOf, timeline } from '../../../../../functions/pages/job/timeline.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import type { JobWait } from '../../../../../shared/domain/state/waits/wait.ts';
import { type JobResponse, toJobResponse } from '../../../../../shared/http/responses/job-response.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { anId, aQueuedItem } from '../../../../set-ups/samples.ts';

const second = 1_000;
type Event = JobItem['history'][number]['event'];
const wordsOf = (job: JobResponse, now = t0 + 100 * second, wait: JobWait | undefined = undefined) =>
  stretchesOf({ job, wait }, now).map(
    ({ kind, what, from, to }) => `${kind}: ${what} ${(to - from) / second}`,
  );

describe('timeline', () => {
  const urls = { statusUrl: 'https://example.com', pageUrl: 'https://example.com' };

  /** A job that was created a second before `t0`; each event is so many seconds after that. */
  const aJob = (
    events: readonly (readonly [Event, number, Partial<JobItem['history'][number]>?])[],
    over = {},
  ) =>
    toJobResponse(
      aQueuedItem({
        createdAt: t0,
        history: events.map(([event, at, more]) => ({ event, at: t0 + at * second, ...more })),
        ...over,
      }),
      urls,
    );

  describe('the stretches of a job', () => {
    test.each<[string, JobResponse, string[]]>([
      ['in the queue', aJob([]), ['rested: In the queue 100']],
      ['with a time', aJob([], { status: 'waiting', runAt: t0 + 1 }), ['rested: Waiting for its time 100']],
      [
        'with dependencies and a time',
        aJob([], { status: 'waiting', runAt: t0 + 1, dependsOn: [anId(1)] }),
        ['rested: Waiting for its time and for other jobs 100'],
      ],
      ['that runs', aJob([['started', 3]]), ['rested: In the queue 3', 'ran: Attempt 1 is running 97']],
      [
        'that failed twice at once, and is tried again',
        aJob([
          ['started', 0],
          ['retrying', 0, { error: 'no' }],
          ['started', 5],
          ['retrying', 6, { error: 'no' }],
        ]),
        [
          'failed: Attempt 1 failed 0',
          'rested: Waiting for the next attempt 5',
          'failed: Attempt 2 failed 1',
          'rested: Waiting for the next attempt 94',
        ],
      ],
      [
        'whose worker crashed',
        aJob(
          [
            ['started', 1],
            ['started', 61],
            ['succeeded', 62],
          ],
          { finishedAt: t0 + 62 * second, status: 'succeeded' },
        ),
        [
          'rested: In the queue 1',
          'crashed: Attempt 1 crashed: its worker was gone 60',
          'ran: Attempt 2 succeeded 1',
        ],
      ],
      [
        'in slices',
        aJob(
          [
            ['started', 1],
            ['handed-over', 50, { attempt: 0 }],
            ['started', 51],
          ],
          { status: 'running' },
        ),
        [
          'rested: In the queue 1',
          'ran: Attempt 1 ran in slices 49',
          'rested: Between two slices 1',
          'ran: The next slice is running 49',
        ],
      ],
      [
        'in slices, of which the history has only the last end',
        aJob(
          [
            ['started', 1],
            ['handed-over', 90, { attempt: 0 }],
          ],
          { status: 'waiting', slices: 3 },
        ),
        [
          'rested: In the queue 1',
          'ran: Attempt 1 ran in slices, with the waits between them, 89',
          'rested: Asleep 10',
        ],
      ],
      [
        'asleep',
        aJob(
          [
            ['started', 0],
            ['handed-over', 10, { attempt: 0 }],
          ],
          { status: 'waiting' },
        ),
        ['ran: Attempt 1 ran in slices 10', 'rested: Asleep 90'],
      ],
      [
        'that is to be tried later',
        aJob(
          [
            ['started', 0],
            ['put-off', 10, { error: '429' }],
          ],
          { status: 'waiting' },
        ),
        ['ran: Attempt 1 was put off: it is to be tried later 10', 'rested: Waiting for its time 90'],
      ],
      [
        'that was put off again and again',
        aJob(
          [
            ['started', 0],
            ['put-off', 10, { error: '429', times: 3, lastAt: t0 + 40 * second }],
          ],
          { status: 'waiting' },
        ),
        [
          'ran: Attempt 1 was put off 3 times, with the waits between them, 40',
          'rested: Waiting for its time 60',
        ],
      ],
      [
        'that was canceled in the queue, and retried',
        aJob([
          ['canceled', 4],
          ['resubmitted', 9, { attempt: 0 }],
          ['started', 10],
        ]),
        [
          'rested: In the queue, until it was canceled 4',
          'rested: Over, until it was retried 5',
          'rested: In the queue 1',
          'ran: Attempt 1 is running 90',
        ],
      ],
    ])('%s', (_what, job, expected) => {
      expect(wordsOf(job)).toEqual(expected);
    });

    test('follow one another without a gap, whatever the clocks of their writers say', () => {
      const events = fc.constantFrom<Event>('started', 'retrying', 'handed-over', 'canceled', 'resubmitted');
      fc.assert(
        fc.property(fc.array(fc.tuple(events, fc.integer({ min: -50, max: 50 }))), (history) => {
          const stretches = stretchesOf({ job: aJob(history), wait: undefined }, t0 + 20 * second);
          for (const [index, { from, to }] of stretches.entries()) {
            expect(to).toBeGreaterThanOrEqual(from);
            if (index > 0) expect(from).toBe(stretches[index - 1]?.to);
          }
        }),
      );
    });
  });

  test('a timeline of many attempts shows the last ones, and the texts of errors cut', () => {
    const events = Array.from({ length: 60 }, (_, index): [Event, number, object] =>
      index % 2 === 0 ? ['started', index, {}] : ['retrying', index, { error: '<'.repeat(200) }],
    );
    const { text } = timeline({ job: aJob(events), wait: undefined }, t0 + 100 * second);
    expect(text).toContain('The last 20 of 60 parts.');
    expect(text).toContain(`${'&lt;'.repeat(120)}…`);
    expect(Buffer.byteLength(text)).toBeLessThan(16_000);
  });
});
