import { expect, test } from '@jest/globals';
import picocolors from 'picocolors';
import {
  bytesText,
  describeJob,
  durationText,
  listHeader,
  listLine,
} from '../../../../../client/jobctl/src/job-text.ts';
import type { Job } from '../../../../../client/jobctl/src/library.ts';

const colors = picocolors.createColors(false);
const at = new Date(2026, 10, 26, 17, 45, 40);
const later = (ms: number) => new Date(at.getTime() + ms).toISOString();
const aJob = (more: Partial<Job> = {}): Job => ({
  id: '8727fcca-6715-88cd-be4f-02627a10fc09',
  type: 'countdown',
  status: 'running',
  progress: { percent: 60, message: '2 s left' },
  attempt: 2,
  maxAttempts: 5,
  slices: 0,
  result: null,
  error: null,
  history: [{ event: 'started', at: later(0), attempt: 1 }],
  createdAt: later(0),
  startedAt: later(0),
  updatedAt: later(0),
  finishedAt: null,
  statusUrl: 'https://jobs.example.com/jobs/8727fcca-6715-88cd-be4f-02627a10fc09',
  pageUrl: 'https://jobs.example.com/ui/jobs/8727fcca',
  ...more,
});

test('a job is told in lines, with a line for each attempt', () => {
  const error = { name: 'Error', message: 'no\u001b[2J luck' };
  const history = [
    { event: 'started', at: later(0), attempt: 1 },
    { event: 'failed', at: later(5100), attempt: 1, error: 'no luck' },
  ];
  const job = aJob({ status: 'failed', error, history, finishedAt: later(5100), tags: ['a', 'b'] });
  expect(describeJob(job, { colors, hasPage: true }).split('\n')).toEqual([
    'countdown  8727fcca-6715-88cd-be4f-02627a10fc09',
    '  status        failed  60 %: 2 s left',
    '  error         Error: no [2J luck',
    '  attempt       2 of 5: none follows, since the error is permanent',
    '  created       2026-11-26 17:45:40',
    '  started       2026-11-26 17:45:40',
    '  finished      2026-11-26 17:45:45, 5.1 s after the start',
    '  tags          a, b',
    '  page          https://jobs.example.com/ui/jobs/8727fcca',
    '',
    '  2026-11-26 17:45:40  started      attempt 1',
    '  2026-11-26 17:45:45  failed       attempt 1  no luck',
  ]);
});

const ends = (more: Partial<Job>, name = 'ColumnError') =>
  describeJob(
    aJob({
      status: 'failed',
      error: { name, message: 'no luck' },
      history: [
        { event: 'started', at: later(0), attempt: 2 },
        { event: 'failed', at: later(5100), attempt: 2, error: 'no luck' },
      ],
      finishedAt: later(5100),
      ...more,
    }),
    { colors, hasPage: false },
  );

test('why no attempt follows is told, where it can be known', () => {
  expect(ends({})).toContain('  attempt       2 of 5: none follows, since the error is permanent\n');
  expect(ends({ attempt: 5 })).toContain('  attempt       5 of 5: none is left\n');
  const unknown = '  attempt       2 of 5\n';
  expect(ends({}, 'InterruptedError')).toContain(unknown);
  expect(ends({ status: 'succeeded' })).toContain(unknown);
  // Its message could not be delivered any more, after an attempt that another one was to follow.
  const history = ['started', 'retrying', 'failed'].map((event) => ({ event, at: later(0), attempt: 2 }));
  expect(ends({ history })).toContain(unknown);
});

test('a retry is told as one, and how long the run after it took', () => {
  const before = [
    { event: 'started', at: later(0), attempt: 1 },
    { event: 'failed', at: later(100), attempt: 1 },
    { event: 'resubmitted', at: later(600_000), attempt: 0 },
  ];
  const history = [...before, { event: 'started', at: later(700_000), attempt: 1 }];
  const shown = ends({ status: 'succeeded', error: null, history, finishedAt: later(702_000) });
  expect(shown).toContain('17:57:22, 2.0 s after the start of the last run\n');
  expect(shown).toMatch(/17:55:40 {2}retried\n/);
  const canceled = ends({ status: 'canceled', error: null, history: before, finishedAt: later(702_000) });
  expect(canceled).toContain('17:57:22\n');
});

test('a result is shown, and where more of it is', () => {
  const shown = (more: Partial<Job>) =>
    describeJob(aJob({ status: 'succeeded', ...more }), { colors, hasPage: false });
  const resultObject = { url: 'https://bucket', bytes: 1_250_000, contentType: 'video/mp4' };
  expect(shown({ result: { a: 1 } })).toContain('  result        {"a":1}\n');
  expect(shown({ resultObject })).toContain('  result        1.3 MB of video/mp4: jobctl result 8727fcca');
  expect(shown({ result: { a: 1 }, resultObject })).toContain(
    '  result        {"a":1}, and 1.3 MB of video/mp4: ',
  );
});

test('the address of the page is a grant, and not for every eye', () => {
  expect(describeJob(aJob(), { colors, hasPage: false })).not.toContain('/ui/jobs/');
});

test('a line of a list has the error of a failed job, cut to what the terminal has room for', () => {
  const job = aJob({ status: 'failed', error: { name: 'Error', message: 'x'.repeat(300) } });
  expect(listLine(job, colors)).toHaveLength(36 + 2 + 9 + 2 + 16 + 2 + 19 + 2 + 307);
  expect(listLine(job, colors, 120)).toHaveLength(120);
});

test('on a terminal of 80 columns no line is longer, and the error has a line of its own', () => {
  const job = aJob({ status: 'failed', error: { name: 'ColumnError', message: 'there is no column "c"' } });
  const lines = listLine(job, colors, 80).split('\n');
  expect(lines).toEqual([
    expect.stringMatching(/^8727fcca-\S{27} {2}failed {5}countdown {9}11-26 17:45$/),
    '  ColumnError: there is no column "c"',
  ]);
  const long = aJob({ status: 'failed', error: { name: 'Error', message: 'x'.repeat(300) } });
  for (const line of [listHeader(colors, 80), ...listLine(long, colors, 80).split('\n')])
    expect(line.length).toBeLessThanOrEqual(80);
  expect(listLine(aJob({ progress: null }), colors, 80).split('\n')).toHaveLength(1);
});

test.each([
  [-5, '0 ms'],
  [850, '850 ms'],
  [5100, '5.1 s'],
  [200_000, '3 m 20 s'],
  [7_500_000, '2 h 5 m'],
])('%i ms are %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test('bytes are rounded', () => {
  expect([999, 1500, 2_500_000].map(bytesText)).toEqual(['999 bytes', '1.5 KB', '2.5 MB']);
});
