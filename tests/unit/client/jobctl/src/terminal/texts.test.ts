import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import picocolors from 'picocolors';
import {
  objectFieldsOf,
  parseUpload,
  withObject,
} from '../../../../../../client/jobctl/src/arguments/object-fields.ts';
import { lineView } from '../../../../../../client/jobctl/src/jobs/job-views.ts';
import type { Job, Schedule } from '../../../../../../client/jobctl/src/library.ts';
import {
  bytesText,
  describeJob,
  durationText,
  listHeader,
  listLine,
} from '../../../../../../client/jobctl/src/terminal/job-text.ts';
import {
  colouredText,
  jsonText,
  plainLines,
  plainText,
  shortText,
} from '../../../../../../client/jobctl/src/terminal/plain-text.ts';
import { describeQueues, type Queue } from '../../../../../../client/jobctl/src/terminal/queue-text.ts';
import { describeSchedule } from '../../../../../../client/jobctl/src/terminal/schedule-text.ts';
import { jobTypeDocuments } from '../../../../../../functions/api/documents.ts';
import { zonedText } from '../../../../../../shared/time-text/zoned-text.ts';

const colors = picocolors.createColors(false);
const at = new Date(2026, 10, 26, 17, 45, 40);
const later = (ms: number) => new Date(at.getTime() + ms).toISOString();
const aJob = (more: Partial<Job> = {}): Job => ({
  id: '8727fcca-6715-88cd-be4f-02627a10fc09',
  type: 'counting',
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

describe('job text', () => {
  test('a put-off that stands for several says how many, and when the last one was', () => {
    const again = { times: 40, lastAt: later(5100), error: 'banned' };
    const history = [{ event: 'put-off', at: later(0), attempt: 1, ...again }];
    expect(describeJob(aJob({ history }), { colors, hasPage: false })).toContain(
      '  2026-11-26 17:45:40  put-off      attempt 1  40 times, last at 2026-11-26 17:45:45  banned',
    );
  });

  test('a job is told in lines, with a line for each attempt', () => {
    const error = { name: 'Error', message: 'no\u001b[2J luck' };
    const history = [
      { event: 'started', at: later(0), attempt: 1 },
      { event: 'failed', at: later(5100), attempt: 1, error: 'no luck' },
    ];
    const job = aJob({ status: 'failed', error, history, finishedAt: later(5100), tags: ['a', 'b'] });
    expect(describeJob(job, { colors, hasPage: true }).split('\n')).toEqual([
      'counting  8727fcca-6715-88cd-be4f-02627a10fc09',
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

  test('a child names its parent', () => {
    const parent = { id: '5f0c3ad6-2e1b-4c9f-9a53-0d6c6b8f7a11', index: 3 };
    expect(describeJob(aJob({ parent }), { colors, hasPage: false })).toContain(`child 3 of ${parent.id}`);
    expect(describeJob(aJob(), { colors, hasPage: false })).not.toContain('child');
  });

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

  test('a job that waits has no attempt, and is told so', () => {
    const history = [
      { event: 'started', at: later(0), attempt: 1 },
      { event: 'handed-over', at: later(1000), attempt: 0 },
      { event: 'signaled', at: later(2000), attempt: 0, by: 'link' },
    ];
    const text = (more: Partial<Job>) =>
      describeJob(aJob({ status: 'waiting', attempt: 0, ...more }), { colors, hasPage: false });
    expect(text({ slices: 1, history })).toContain('  attempt       none in this slice, of 5\n');
    expect(text({ slices: 1, history }).split('\n').slice(-3)).toEqual([
      '  2026-11-26 17:45:40  started      attempt 1',
      '  2026-11-26 17:45:41  handed-over',
      '  2026-11-26 17:45:42  signaled                by link',
    ]);
    expect(text({ history: [] })).toContain('  attempt       none yet, of 5\n');
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

  test('a line of a list, of a change, and all that is told of a job, have what it waits for', () => {
    const waitReason = 'paused: type:\u001b[2Jcounting';
    const job = aJob({ status: 'waiting', attempt: 1, waitReason });
    expect(listLine(job, colors)).toMatch(/60 %: 2 s left {2}paused: type:.*counting$/);
    expect(listLine({ ...job, progress: null }, colors)).toMatch(/ {2}paused: type:.*counting$/);
    const lines: string[] = [];
    lineView({ line: (line) => void lines.push(line), colors }, () => 0).show(job);
    expect(lines.join()).toMatch(/waiting +60 %: 2 s left {2}paused: type:.*counting$/);
    expect(describeJob(job, { colors, hasPage: false })).toMatch(/waits +paused: type:.*counting/);
  });

  test('all that is told of a job has how far its children are', () => {
    const batch = { type: 'page', count: 400, ended: 120, unsuccessful: 3 };
    const batches = ['a\u001b[2Jb', 'covers'].map((key) => ({ ...batch, key }));
    const text = describeJob(aJob({ status: 'waiting' }), { colors, hasPage: false, batches });
    expect(text).toMatch(/^ {2}children {6}a.*b {2}page {2}120 of 400 ended, 3 unsuccessful; covers /m);
    expect(describeJob(aJob(), { colors, hasPage: false })).not.toContain('children');
  });

  test('all that is told of a job has what it asks, in its own words', () => {
    const until = '2026-11-26T17:45:00.000Z';
    const waitsFor = [{ signal: 'approve', key: 'turn-1', until, question: 'May Ada \u001b[2Jgo?' }];
    expect(describeJob(aJob({ status: 'waiting', waitsFor }), { colors, hasPage: false })).toMatch(
      /waits for +approve --key "turn-1", until [-\d: ]+: May Ada .*go\?$/m,
    );
  });

  test('all that is told of a job has what was answered, in the words of the page of a link', () => {
    const answer = { event: 'signaled', at: at.toISOString(), attempt: 1, signal: 'approve', key: 'turn-1' };
    const history = [
      { ...answer, answer: 'Approve; note: \u001b[2Jfine', by: 'link' },
      { ...answer, key: 'approve' },
    ];
    expect(describeJob(aJob({ history }), { colors, hasPage: false })).toMatch(
      /signaled {5}attempt 1 {2}approve turn-1: Approve; note: .*fine {2}by link\n.* {2}approve$/,
    );
  });

  test('on a terminal of 80 columns no line is longer, and the error has a line of its own', () => {
    const job = aJob({ status: 'failed', error: { name: 'ColumnError', message: 'there is no column "c"' } });
    const lines = listLine(job, colors, 80).split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^8727fcca-\S{27} {2}failed {5}counting {10}11-26 17:45$/),
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
});

const queue = (name: string, more: Partial<Queue> = {}): Queue => ({
  name,
  visible: 0,
  inFlight: 0,
  delayed: 0,
  ...more,
});

describe('queue text', () => {
  test('queues are a table, whose columns are aligned', () => {
    const queues = [queue('standard', { visible: 1234, inFlight: 3 }), queue('ordered.fifo', { delayed: 7 })];
    expect(describeQueues(queues, colors).split('\n')).toEqual([
      '  queue         ready  in flight  delayed',
      '  standard       1234          3        0',
      '  ordered.fifo      0          0        7',
    ]);
  });

  test('where one has an age, all show theirs', () => {
    const queues = [
      queue('standard', { visible: 1, oldestSeconds: 200 }),
      queue('long', { inFlight: 1, oldestSeconds: 4 }),
      queue('waiting'),
    ];
    expect(describeQueues(queues, colors).split('\n')).toEqual([
      '  queue     ready  in flight  delayed  oldest message',
      '  standard      1          0        0        3 m 20 s',
      '  long          0          1        0             4 s',
      '  waiting       0          0        0               -',
    ]);
  });

  test.each([{ visible: 1 }, { inFlight: 1 }, { delayed: 1 }])(
    'a queue that must be empty has a mark with %j, and says what to do',
    (figures) => {
      for (const name of ['dead-letter', 'dead-letter.fifo', 'quarantine', 'notify-dead-letter']) {
        const lines = describeQueues([queue('standard', figures), queue(name, figures)], colors).split('\n');
        expect(lines[1]).toMatch(/^ {2}standard /);
        expect(lines[2]).toMatch(new RegExp(`^! ${name} `));
        expect(lines.slice(3)).toEqual([
          '',
          expect.stringMatching(new RegExp(`^! ${name}: .*docs/.*\\.md#`)),
        ]);
      }
    },
  );

  test('an empty one has none', () => {
    expect(describeQueues([queue('quarantine')], colors)).not.toContain('!');
  });

  test('a name cannot steer the terminal', () => {
    expect(describeQueues([queue('a\u001b[2Jb')], colors)).toContain('a [2Jb');
  });
});

const nightly: Schedule = {
  name: 'nightly',
  cron: '30 2 * * *',
  timeZone: 'Europe/Berlin',
  type: 'counting',
  tenant: 'acme',
  payload: null,
  paused: false,
  nextRuns: ['2027-03-29T00:30:00.000Z'],
  lastJobs: [],
};
const id = '8727fcca-6715-88cd-be4f-02627a10fc09';
const statusUrl = `https://jobs.example.com/jobs/${id}`;

describe('schedule text', () => {
  test('people read when a schedule comes next, and how its last jobs are, by the clocks of its zone', () => {
    const lastJobs = [
      { id, status: 'succeeded', createdAt: '2027-03-28T10:00:00.000Z', statusUrl },
      {
        id,
        status: 'failed',
        runAt: '2027-03-27T01:30:00.000Z',
        createdAt: '2027-03-27T01:30:21.000Z',
        statusUrl,
      },
    ] as const;
    expect(describeSchedule({ ...nightly, lastJobs }, colors).split('\n')).toEqual([
      'nightly',
      '  counting for acme: 30 2 * * *, Europe/Berlin',
      '  next: Mon 2027-03-29 02:30 +02:00',
      `  ${id}  succeeded  by hand at Sun 2027-03-28 12:00 +02:00`,
      `  ${id}  failed     for Sat 2027-03-27 02:30 +01:00`,
    ]);
  });

  test('a paused schedule comes not until it is resumed, and one without a next run never', () => {
    expect(describeSchedule({ ...nightly, paused: true }, colors)).toContain('nightly  paused\n');
    expect(describeSchedule({ ...nightly, paused: true }, colors)).toContain(
      'next: none until it is resumed',
    );
    expect(describeSchedule({ ...nightly, nextRuns: [] }, colors)).toContain('next: never');
  });
});

const fieldsOf = (type: string) =>
  objectFieldsOf(jobTypeDocuments().find((each) => each.type === type)?.payload);
const one = { name: 'object', isList: false };
const several = [one, { name: 'subtitles', isList: true }];

describe('object fields', () => {
  test('the fields for objects are found in what the API says of a type', () => {
    expect(fieldsOf('csv-sums')).toEqual([one]);
    expect(fieldsOf('sort-lines')).toEqual([{ name: 'objects', isList: true }]);
    expect(fieldsOf('counting')).toEqual([]);
  });

  test('a field that may be null is found, and what is no schema has none', () => {
    const anyOf = [{ type: 'string', 'x-object': true }, { type: 'null' }];
    expect(objectFieldsOf({ properties: { object: { anyOf } } })).toEqual([one]);
    for (const schema of [undefined, null, 'x', {}, { properties: null }])
      expect(objectFieldsOf(schema)).toEqual([]);
  });

  test('without a name it is the one field, with a name it is this one', () => {
    expect(parseUpload('a.csv', 't', [one])).toEqual({ field: one, file: 'a.csv' });
    expect(parseUpload('object=a.csv', 't', several)).toEqual({ field: one, file: 'a.csv' });
    expect(parseUpload('object=a=b.csv', 't', [one]).file).toBe('a=b.csv');
    expect(parseUpload('a=b.csv', 't', [one])).toEqual({ field: one, file: 'a=b.csv' });
  });

  test('where no field, or more than one, is possible, it says which there are', () => {
    expect(() => parseUpload('a.csv', 'counting', [])).toThrow(/a payload of counting has no field/);
    for (const text of ['a.csv', 'video=a.csv'])
      expect(() => parseUpload(text, 't', several)).toThrow(
        'several fields for a file: object, subtitles. Use FIELD=FILE',
      );
  });

  test('a name is put beside the other fields, and into a list', () => {
    expect(withObject({ a: 1 }, one, 'x')).toEqual({ a: 1, object: 'x' });
    const list = { name: 'objects', isList: true };
    expect(withObject(withObject({}, list, 'x'), list, 'y')).toEqual({ objects: ['x', 'y'] });
  });

  test.each([[{ object: 'x' }], [[]], ['text'], [null]])('there is no place for it in %j', (payload) => {
    expect(() => withObject(payload, one, 'y')).toThrow(/^--upload: the payload /);
  });
});

describe('plain text', () => {
  test('a text of a job cannot steer a terminal', () => {
    expect(plainText('a\u001b[2Jb\u009b31mc\r\nd\u202ee')).toBe('a [2Jb 31mc d e');
  });

  test('a coloured line keeps its colours, and nothing else that a terminal obeys', () => {
    const line = '\u001b[1;31mfailed\u001b[39m  a\u001b[2Jb\u001b]0;c\u0007\u202ed🙂\n  e\tf';
    expect(colouredText(line)).toBe('\u001b[1;31mfailed\u001b[39m  a[2Jb]0;cd🙂\n  e\tf');
  });

  test.each([
    ['that goes on in the next piece is whole', ['61c3', 'a40a'], 'a\u00e4\n'],
    ['of four pieces is whole', ['f0', '9f', '99', '82'], '🙂'],
    ['that never comes whole is shown as unknown', ['61c3'], 'a\ufffd'],
    ['that a terminal obeys is gone, though it comes in two pieces', ['61c2', '9b62'], 'ab'],
  ])('a character %s', async (_what, pieces, whole) => {
    const chunks = Readable.from(pieces.map((piece) => Buffer.from(piece, 'hex')));
    expect(await text(plainLines(chunks))).toBe(whole);
  });

  test('a text is cut by characters, not through the middle of one', () => {
    expect(shortText('abcdef', 6)).toBe('abcdef');
    expect(shortText('abcdefg', 6)).toBe('abcde…');
    expect(shortText('🙂🙂🙂', 2)).toBe('🙂…');
  });

  test('JSON cannot steer a terminal either, and says the same', () => {
    const value = { a: '\u001b[2J\u009b31m\u007f' };
    expect(jsonText(value)).not.toMatch(/[^ -~]/);
    expect(JSON.parse(jsonText(value))).toEqual(value);
    expect(jsonText(undefined)).toBe('null');
  });
});

describe('zoned text', () => {
  test('a local time has no 24th hour, and the offset of a zone that is off by half an hour', () => {
    expect(zonedText('2027-01-01T18:30:00Z', 'Asia/Kolkata')).toBe('Sat 2027-01-02 00:00 +05:30');
    expect(zonedText('2027-03-26T12:00:00Z', 'UTC')).toBe('Fri 2027-03-26 12:00 +00:00');
  });

  test('a zone that is not known here is shown as UTC', () => {
    expect(zonedText('2027-03-26T12:00:00Z', 'Moon/Tranquility')).toBe('Fri 2027-03-26 12:00 +00:00');
  });
});
