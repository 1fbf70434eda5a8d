import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { filterOf } from '../../../../../../client/jobctl/src/arguments/filter-options.ts';
import { parseJobId } from '../../../../../../client/jobctl/src/arguments/job-id.ts';
import { parseNotifyTarget } from '../../../../../../client/jobctl/src/arguments/notify-target.ts';
import { parseDuration, parseTime } from '../../../../../../client/jobctl/src/arguments/parse-time.ts';
import { readPayload } from '../../../../../../client/jobctl/src/arguments/read-payload.ts';
import { CommandError } from '../../../../../../client/jobctl/src/ending.ts';
import { type Direction, durationSeconds } from '../../../../../../shared/time-text/read-time.ts';

const url = 'https://jobs.example.com/prod';
const id = '8727fcca-6715-88cd-be4f-02627a10fc09';

describe('job id', () => {
  test('a job is its id, its status URL or the address of its page', () => {
    expect(parseJobId(id, { url })).toBe(id);
    expect(parseJobId(id.toUpperCase(), { url })).toBe(id);
    expect(parseJobId(`${url}/jobs/${id}`, { url })).toBe(id);
    expect(parseJobId(`${url}/ui/jobs/${id}?grant=20000.abc#top`, { url })).toBe(id);
  });

  test('this machine has several names', () => {
    const page = `http://localhost:4321/ui/jobs/${id}?grant=20000.abc`;
    expect(parseJobId(page, { url: 'http://127.0.0.1:4321' })).toBe(id);
    expect(parseJobId(page, { url: 'http://[::1]:4321' })).toBe(id);
    for (const other of ['http://127.0.0.1:3000', 'https://127.0.0.1:4321', 'http://10.0.0.7:4321'])
      expect(() => parseJobId(page, { url: other })).toThrow('is neither');
  });

  test('the grant in the address of a page is not shown', () => {
    const parse = () => parseJobId(`https://elsewhere.example.com/ui/jobs/${id}?grant=20000.abc`, { url });
    expect(parse).toThrow(`"https://elsewhere.example.com/ui/jobs/${id}" is neither`);
    expect(parse).not.toThrow(/grant/);
  });

  test.each([
    '',
    'x',
    `${id}0`,
    `../${id}`,
    `https://elsewhere.example.com/jobs/${id}`,
    `${url}/jobs/${id}/wait`,
    `${url}/ui/jobs/${id}/result`,
    `${url}/jobs/`,
    `https://jobs.example.com/jobs/${id}`,
    `http://jobs.example.com/prod/jobs/${id}`,
    `https://jobs.example.com:8443/prod/jobs/${id}`,
  ])('"%s" is no job', (text) => {
    expect(() => parseJobId(text, { url })).toThrow('is neither');
  });
});

/** By the clocks of this machine, wherever it is. */
const noon = new Date(2026, 10, 26, 12, 0).getTime();
const local = (day: number, hours = 0, minutes = 0) => new Date(2026, 10, day, hours, minutes).getTime();

describe('parse time', () => {
  const read = (text: string, direction: Direction = 'ahead') =>
    parseTime(text, { now: noon, direction, option: '--at' }).getTime();

  test.each([
    ['2026-12-24T17:00:00Z', '2026-12-24T17:00:00.000Z'],
    ['2026-12-24T18:00:00.5+01:00', '2026-12-24T17:00:00.500Z'],
    ['2026-12-24 17:00:00z', '2026-12-24T17:00:00.000Z'],
  ])('%s is a time of RFC 3339', (text, iso) => {
    expect(new Date(read(text)).toISOString()).toBe(iso);
  });

  test('a time of day is the next one, or the last one, where the command looks back', () => {
    expect(read('17:00')).toBe(local(26, 17));
    expect(read('9:30')).toBe(local(27, 9, 30));
    expect(read('12:00')).toBe(local(27, 12));
    expect(read('9:30', 'back')).toBe(local(26, 9, 30));
    expect(read('17:00', 'back')).toBe(local(25, 17));
    expect(read('12:00', 'back')).toBe(local(26, 12));
  });

  test('a day is its midnight, unless it has a time', () => {
    expect(read('yesterday', 'back')).toBe(local(25));
    expect(read('today', 'back')).toBe(local(26));
    expect(read('tomorrow')).toBe(local(27));
    expect(read('tomorrow 08:15')).toBe(local(27, 8, 15));
    expect(read('2026-11-30')).toBe(local(30));
    expect(read('2026-11-30 17:05')).toBe(local(30, 17, 5));
    expect(read('2026-11-30T7:05')).toBe(local(30, 7, 5));
  });

  test('a duration is from now on, or before now', () => {
    expect(read('2h')).toBe(noon + 7_200_000);
    expect(read('2h', 'back')).toBe(noon - 7_200_000);
    expect(read('2h ago', 'back')).toBe(noon - 7_200_000);
  });

  test('what is proposed fits the direction', () => {
    expect(() => read('2h ago')).toThrow('17:00, "tomorrow 08:00", or a duration such as 2h.');
    expect(() => read('2 hours', 'back')).toThrow(
      '"yesterday 08:00", or a duration such as 2h, which is 2 hours ago.',
    );
  });

  test.each([
    '',
    ' ',
    'soon',
    '25:00',
    '12:60',
    'tomorrow 24:00',
    'tomorrow8:00',
    'today today',
    '2026-02-30',
    '2026-13-01',
    '2026-11-30 25:00',
    '2026-11-30T17:00:00',
    '2026-13-30T17:00:00Z',
    '1732640000',
  ])('"%s" is no time', (text) => {
    expect(() => read(text)).toThrow(CommandError);
    expect(() => read(text)).toThrow(`--at is "${text}".`);
  });
});

describe('parse duration', () => {
  test.each([
    ['0s', 0],
    ['90s', 90],
    ['10m', 600],
    ['2h', 7200],
    ['3d', 259_200],
    ['1h30m', 5400],
  ])('%s is %i seconds', (text, seconds) => {
    expect(parseDuration(text, '--in')).toBe(seconds);
  });

  test.each(['', '10', 'm', '-5m', '1.5h', '10 m', '10M', '999999999d', 'ten minutes', '5m!'])(
    '"%s" is no duration',
    (text) => {
      expect(durationSeconds(text)).toBeUndefined();
      expect(() => parseDuration(text, '--in')).toThrow(CommandError);
      expect(() => parseDuration(text, '--in')).toThrow(`--in is "${text}".`);
    },
  );
});

const now = Date.parse('2026-11-26T12:00:00Z');

describe('filter options', () => {
  test('a filter has what was typed, and times as the API takes them', () => {
    expect(
      filterOf({ status: 'failed', tag: ['a', 'b'], since: '2h', until: '2026-11-26T11:00:00Z' }, now),
    ).toEqual({
      status: 'failed',
      tags: ['a', 'b'],
      since: '2026-11-26T10:00:00.000Z',
      until: '2026-11-26T11:00:00.000Z',
    });
    expect(filterOf({}, now)).toEqual({});
  });

  test('a time that ends before it begins is refused: no job could be found', () => {
    expect(() => filterOf({ since: '1h', until: '2h' }, now)).toThrow('--since is not before --until');
  });
});

describe('notify target', () => {
  test.each([
    ['event', { event: true }],
    ['team@example.com', { email: 'team@example.com' }],
    ['https://hooks.example.com/jobs', { url: 'https://hooks.example.com/jobs' }],
    ['https://user@example.com/', { url: 'https://user@example.com/' }],
  ])('%s is a target', (text, target) => {
    expect(parseNotifyTarget(text)).toEqual(target);
  });

  test.each(['foo', '', 'Event', 'hooks.example.com/jobs'])(
    '"%s" is none, and the error says what is',
    (text) => {
      expect(() => parseNotifyTarget(text)).toThrow(CommandError);
      expect(() => parseNotifyTarget(text)).toThrow(
        /URL of a webhook, .*a mail address, or the word event\.$/,
      );
    },
  );
});

let folder: string;

const { signal } = new AbortController();

describe('read payload', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'jobctl-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const read = (argument: string, stdin: readonly string[] = []) =>
    readPayload(argument, { stdin: Readable.from(stdin), signal });

  test.each([
    ['{"a": [1]}', { a: [1] }],
    [' [1, 2]', [1, 2]],
    ['"text"', 'text'],
    ['-1.5e3', -1500],
    ['true', true],
    ['null', null],
  ])('%s is JSON', async (argument, payload) => {
    expect(await read(argument)).toEqual(payload);
  });

  test('a file has JSON, with or without a byte order mark', async () => {
    const file = join(folder, 'payload.json');
    await writeFile(file, '\uFEFF{"a": 1}\n');
    expect(await read(file)).toEqual({ a: 1 });
  });

  test('- is the standard input, however many pieces it comes in', async () => {
    expect(await read('-', ['{"a":', ' 1}'])).toEqual({ a: 1 });
  });

  test.each([
    ['nowhere.json', '--payload is "nowhere.json", and there is no such file. Use a file,'],
    [tmpdir(), `--payload is "${tmpdir()}", and it cannot be read (EISDIR).`],
    ['{"a": }', '--payload is not valid JSON:'],
    ['-', 'The standard input is empty.'],
    ['12-', '--payload is "12-", and there is no such file.'],
  ])('%s is refused in words', async (argument, message) => {
    await expect(read(argument)).rejects.toMatchObject({
      ending: 'usage',
      message: expect.stringContaining(message),
    });
  });
});
