import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createLog as createLeanLog } from '../../../../shared/aws/lean-logger.ts';
import { createLog } from '../../../../shared/aws/logger.ts';
import type { Fields, Log } from '../../../../shared/domain/base/ports.ts';
import { captureConsole } from '../../../set-ups/captured-console.ts';

const { lines, restore } = captureConsole();
afterAll(restore);

/** Lines of both loggers may be a millisecond apart. */
const withoutTime = (line: string): string => line.replace(/"timestamp": ?"[^"]+"/, '"timestamp":');

function writtenBy(log: Log, write: (log: Log) => void): readonly string[] {
  lines.length = 0;
  write(log);
  return lines.map(withoutTime);
}

/** What both write, with the environment that a function has. */
const linesOf = (write: (log: Log) => void) =>
  [createLog, createLeanLog].map((create) => writtenBy(create('worker', process.env), write));

const circular: Record<string, unknown> = { of: 'it' };
circular.self = circular;
circular.list = [circular, 1];
const ownCause = new Error('its own cause');
ownCause.cause = ownCause;
class Labelled extends Error {
  override readonly name = 'Labelled';
  readonly labels = ['a', 'b'];
}
const hidden = Object.create(new Labelled('secret'), { message: { value: '[hidden]' } });
const withoutStack = Object.assign(new Error('x'), { stack: '' });

const samples: readonly (readonly [string, Fields])[] = [
  ['nothing', {}],
  ['texts and numbers', { jobId: 'a job', run: 1, part: 0.5, isLast: false, nothing: NaN }],
  ['what is empty', { empty: '', none: null, absent: undefined, inside: { none: null, empty: '' } }],
  ['lists and objects', { list: [1, [undefined, 'x'], { a: null }], 2: 'two', 1: 'one' }],
  ['names that a line has', { level: 'x', message: 'y', service: 'z', timestamp: 1, sampling_rate: 2, a: 3 }],
  [
    'what CloudWatch takes as metrics',
    { _aws: { Timestamp: 1, CloudWatchMetrics: [] }, JobsFailed: 777_777 },
  ],
  [
    'unsafe names',
    { constructor: 1, inside: { constructor: { a: 1 }, b: 2 }, ...JSON.parse('{"__proto__":1}') },
  ],
  ['big numbers, symbols, functions', { big: 2n ** 70n, symbol: Symbol('s'), run: () => 1, list: [1n] }],
  [
    'a time, a map, an address',
    { at: new Date(0), map: new Map([[1, 2]]), url: new URL('https://a.example') },
  ],
  ['an error', { error: new TypeError('no', { cause: new Error('why', { cause: 'a text' }) }) }],
  ['an error of a class', { error: new Labelled('x'), errors: [new Labelled('y')] }],
  ['an error whose texts are hidden', { error: hidden }],
  ['an error without a stack', { error: withoutStack }],
  ['an error in place of fields', Object.assign(new Error('x'), { code: 7 }) as unknown as Fields],
  ['what contains itself', circular],
  ['the same twice', { one: circular, other: circular }],
  ['an error that is its own cause', { error: ownCause, jobId: 'a job' }],
  ['a stack that is a number', { error: Object.assign(new Error('x'), { stack: 7 }), jobId: 'a job' }],
  ['a name that is a symbol', { error: Object.assign(new Error('x'), { name: Symbol('s') }) }],
  [
    'a property that throws',
    Object.defineProperty({ jobId: 'a job' }, 'bad', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    }),
  ],
];

describe('the logger of the lean functions', () => {
  test.each(samples)('writes what the logger with Powertools writes: %s', (_what, fields) => {
    const write = (log: Log) => log.warn('something happened', fields);
    const outcomes = [createLog, createLeanLog].map((create) => {
      try {
        return writtenBy(create('worker', process.env), write);
      } catch (thrown) {
        return String(thrown);
      }
    });
    expect(outcomes[1]).toEqual(outcomes[0]);
  });

  test('no logger writes metrics of what a handler logs, and each says so', () => {
    for (const written of linesOf((log) =>
      log.info('a payload', { _aws: { CloudWatchMetrics: [] }, a: 3 }),
    )) {
      const parsed = written.map((line) => JSON.parse(line.replace('"timestamp":', '"timestamp":""')));
      expect(parsed).toEqual([
        expect.objectContaining({ level: 'WARN', message: expect.stringContaining('"_aws"') }),
        expect.objectContaining({ level: 'INFO', message: 'a payload', a: 3 }),
      ]);
      expect(parsed.filter((line) => '_aws' in line)).toEqual([]);
    }
  });

  test('writes the same of any fields', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.dictionary(fc.string(), fc.anything({ withBigInt: true })),
        (text, fields) => {
          const [theirs, ours] = linesOf((log) => log.info(text, fields));
          expect(ours).toEqual(theirs);
        },
      ),
    );
  });

  test.each(['DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT'])('has the same levels at %s', (level) => {
    const before = process.env.POWERTOOLS_LOG_LEVEL;
    process.env.POWERTOOLS_LOG_LEVEL = level;
    try {
      const [theirs, ours] = linesOf((log) => {
        for (const each of ['debug', 'info', 'warn', 'error'] as const) log[each]('a line', { level });
      });
      expect(ours).toEqual(theirs);
    } finally {
      process.env.POWERTOOLS_LOG_LEVEL = before;
    }
  });

  test('writes no debug lines unless it is told to', () => {
    const log = createLeanLog('worker', { POWERTOOLS_DEV: 'true' });
    expect(writtenBy(log, () => log.debug('a line'))).toEqual([]);
    expect(writtenBy(log, () => log.info('a line'))).toHaveLength(1);
  });
});
