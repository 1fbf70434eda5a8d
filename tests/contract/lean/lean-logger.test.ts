import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as powertools from '@aws-lambda-powertools/logger';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as lean from '../../../shared/aws/lean/logger.ts';
import type * as loggers from '../../../shared/aws/observe/logger.ts';
import type { Fields, Log } from '../../../shared/domain/base/ports.ts';
import { projectDir } from '../../project-copy.ts';
import { captureConsole } from '../../set-ups/captured-console.ts';
import { leanBundle } from './lean-bundle.ts';

const { lines, restore } = captureConsole();
const folder = await mkdtemp(join(tmpdir(), 'logger-'));
afterAll(async () => {
  restore();
  await rm(folder, { recursive: true });
});

const source = 'shared/aws/observe/logger.ts';
/** The logger with Powertools', and as functions have it: docs/adr/0147-the-logger-by-its-name.md. */
const paths = [join(projectDir, source), await leanBundle(source, folder)];
const load = (path: string): Promise<typeof loggers> => import(path);
const both = (await Promise.all(paths.map(load))).map(({ createLog }) => createLog);

/** The lines may be a millisecond apart. */
const withoutTime = (line: string): string => line.replace(/"timestamp": ?"[^"]+"/, '"timestamp":');

function writtenBy(log: Log, write: (log: Log) => void): readonly string[] {
  lines.length = 0;
  write(log);
  return lines.map(withoutTime);
}

/** What both write, with the environment that a function has. */
const linesOf = (write: (log: Log) => void) =>
  both.map((create) => writtenBy(create('worker', process.env), write));

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

describe('in place of Powertools, the logger of functions', () => {
  test.each(samples)('writes what the logger with Powertools writes: %s', (_what, fields) => {
    const write = (log: Log) => log.warn('something happened', fields);
    const outcomes = both.map((create) => {
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
});

test('it has no name that the package lacks', () => {
  expect(Object.keys(powertools)).toEqual(expect.arrayContaining(Object.keys(lean)));
});

test('it is another one: no test compares Powertools with itself', async () => {
  const [, own = ''] = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  expect(own).not.toMatch(/from ["']@aws-lambda-powertools|Advanced Logging Controls/);
  expect(await readFile(join(projectDir, source), 'utf8')).toContain("from '@aws-lambda-powertools/logger'");
});

const program = join(import.meta.dirname, 'write-lines.ts');
const run = promisify(execFile);

/** What Lambda sets, and what a stage sets for its functions. */
const ofLambda = {
  AWS_LAMBDA_FUNCTION_NAME: 'job-worker-prod-worker',
  AWS_LAMBDA_FUNCTION_VERSION: '7',
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_LOG_FORMAT: 'JSON',
  AWS_LAMBDA_LOG_LEVEL: 'DEBUG',
  AWS_REGION: 'eu-central-1',
  REQUEST_ID: '5b8c1f3e-0d0f-4f7b-9a64-2c9d6a0f3e11',
  TZ: ':UTC',
  _X_AMZN_TRACE_ID: 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0',
};

type Environment = Readonly<Record<string, string>>;
/** The levels of the lines that the program writes, and what a process has that writes them. */
const processes: readonly (readonly [string, readonly string[], Environment])[] = [
  ['at DEBUG', ['DEBUG', 'INFO', 'WARN', 'ERROR'], { ...ofLambda, POWERTOOLS_LOG_LEVEL: 'DEBUG' }],
  ['at INFO', ['INFO', 'WARN', 'ERROR'], { ...ofLambda, POWERTOOLS_LOG_LEVEL: 'INFO' }],
  ['at WARN', ['WARN', 'ERROR'], { ...ofLambda, POWERTOOLS_LOG_LEVEL: 'WARN' }],
  ['at ERROR', ['ERROR'], { ...ofLambda, POWERTOOLS_LOG_LEVEL: 'ERROR' }],
  ['at SILENT', [], { ...ofLambda, POWERTOOLS_LOG_LEVEL: 'SILENT' }],
  ['at info, in small letters', ['INFO', 'WARN', 'ERROR'], { ...ofLambda, POWERTOOLS_LOG_LEVEL: 'info' }],
  ['at a level that there is not', ['INFO', 'WARN', 'ERROR'], { ...ofLambda, POWERTOOLS_LOG_LEVEL: 'LOUD' }],
  ['without a level', ['INFO', 'WARN', 'ERROR'], ofLambda],
  ['where Lambda drops what is below WARN', ['WARN', 'ERROR'], { ...ofLambda, AWS_LAMBDA_LOG_LEVEL: 'WARN' }],
  ['where Lambda drops what is below FATAL', [], { ...ofLambda, AWS_LAMBDA_LOG_LEVEL: 'FATAL' }],
  [
    'kept warm by provisioned concurrency',
    ['INFO', 'WARN', 'ERROR'],
    { ...ofLambda, AWS_LAMBDA_INITIALIZATION_TYPE: 'provisioned-concurrency' },
  ],
  ['on a server', ['DEBUG', 'INFO', 'WARN', 'ERROR'], { POWERTOOLS_LOG_LEVEL: 'DEBUG' }],
  ['on a server at ERROR', ['ERROR'], { POWERTOOLS_LOG_LEVEL: 'ERROR' }],
  ['where others have set a level', ['ERROR'], { LOG_LEVEL: 'ERROR' }],
  ['in another time zone', ['INFO', 'WARN', 'ERROR'], { TZ: 'Europe/Berlin' }],
  ['for people', ['INFO', 'WARN', 'ERROR'], { POWERTOOLS_DEV: 'yes' }],
];

/** What a process writes with each logger, in each environment. */
const outputs = await Promise.all(
  paths.map(async (path) => {
    const environments = JSON.stringify(processes.map(([, , environment]) => environment));
    const { stdout, stderr } = await run(process.execPath, [program, path, environments]);
    const [out = [], err = []] = [stdout, stderr].map((text) => text.split('environment\n').slice(1));
    return out.map((text, at) => ({ stdout: text, stderr: err[at] ?? '' }));
  }),
);

describe('a process writes the same bytes with both', () => {
  test.each(processes.map(([name, levels], at) => [name, levels, at] as const))('%s', (name, levels, at) => {
    const [theirs, ours] = outputs.map((output) => output[at]);
    const { stdout = '', stderr = '' } = theirs ?? {};
    expect(ours).toEqual({ stdout, stderr });
    const seen = new Set([...`${stdout}${stderr}`.matchAll(/"level": ?"(\w+)"/g)].map(([, level]) => level));
    expect([...seen].sort()).toEqual(levels.toSorted());
    // Lambda's runtime would put each into another line. Without it that is for people.
    expect(/wrapped/.test(stdout)).toBe(name === 'for people');
  });

  test('in which nothing of a handler stands for what is ours', () => {
    const at = processes.findIndex(([, , environment]) => environment === ofLambda);
    const { stdout = '', stderr = '' } = outputs[1]?.[at] ?? {};
    const written = `${stdout}${stderr}`.split('\n').flatMap((line) => (line ? [JSON.parse(line)] : []));
    const ofJobs = written.filter(({ jobId }) => jobId !== undefined);
    expect(ofJobs).toHaveLength(14);
    for (const line of ofJobs)
      expect(line).toMatchObject({ jobId: 'a job', tenant: 'acme', requestId: ofLambda.REQUEST_ID });
    expect(written.filter((line) => '_aws' in line || line.message === 'attempt ended')).toEqual([]);
    expect(written.filter(({ message }) => message.includes('"_aws"'))).toHaveLength(2);
    expect(ofJobs.at(-1)).toMatchObject({
      level: 'ERROR',
      error: { code: 'E1', cause: { name: 'TypeError' } },
    });
  });
});
