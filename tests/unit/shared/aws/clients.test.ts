import { getEventListeners, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { remoteClientSettings } from '../../../../shared/author/remote-errors.ts';
import { clientSettings, longPollingSqsClient, systemClock } from '../../../../shared/aws/clients.ts';
import { delayed, sourceOf } from '../../../../shared/aws/job-queue.ts';
import { createLog } from '../../../../shared/aws/logger.ts';
import { record } from '../../../set-ups/batch.ts';
import { captureConsole } from '../../../set-ups/captured-console.ts';

const { lines, restore } = captureConsole();

const circular = new Error('its own cause');
circular.cause = circular;

describe('logger', () => {
  afterAll(restore);

  test.each([
    ['is its own cause', circular],
    ['has a name that is a symbol', Object.assign(new Error('x'), { name: Symbol('s') })],
    ['has a stack that is a number', Object.assign(new Error('x'), { stack: 7 })],
    [
      'has a property that throws',
      Object.defineProperty(new Error('x'), 'response', {
        enumerable: true,
        get: () => {
          throw new Error('no');
        },
      }),
    ],
  ])('the log writes a line and does not throw if a logged error %s', (_what, error) => {
    lines.length = 0;
    createLog('test').warn('something happened', { error, jobId: 'a job' });
    expect(lines.join()).toContain('something happened');
    expect(lines.join()).toContain('a job');
  });

  const logged = (fields: Record<string, unknown>): unknown => {
    lines.length = 0;
    createLog('test').info('something happened', fields);
    return JSON.parse(lines[0] ?? '');
  };

  test('a line has level, message, time and service, and what is empty is left out', () => {
    const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const start = { level: 'INFO', message: 'something happened', timestamp, service: 'test' };
    const empty = { none: undefined, nothing: null, text: '' };
    expect(logged({ ...empty, zero: 0, no: false })).toEqual({ ...start, zero: 0, no: false });
    // Whatever a handler logs, the line is found by its level.
    expect(logged({ level: 'gold', service: 'mine', jobId: 'a job' })).toEqual({ ...start, jobId: 'a job' });
  });

  test('a line shows where an error was thrown, what caused it, and its own fields', () => {
    const cause = new TypeError('inner');
    const error = Object.assign(new RangeError('outer', { cause }), { code: 'E1' });
    expect(logged({ error, within: [{ error: cause }] })).toMatchObject({
      error: {
        name: 'RangeError',
        message: 'outer',
        location: expect.stringMatching(/clients\.test\.ts.*:\d+$/),
        stack: expect.stringContaining('RangeError: outer'),
        cause: { name: 'TypeError', message: 'inner' },
        code: 'E1',
      },
      within: [{ error: { name: 'TypeError' } }],
    });
  });

  test('a line leaves out an object that contains itself, and shows one that is there twice', () => {
    const shared = { big: BigInt(2) ** BigInt(64) };
    const circle: Record<string, unknown> = { one: shared, other: shared };
    circle.self = circle;
    const shown = { big: '18446744073709551616' };
    expect(logged({ circle })).toMatchObject({ circle: { one: shown, other: shown } });
  });

  test.each([
    ['DEBUG', ['DEBUG', 'INFO', 'WARN', 'ERROR']],
    ['warn', ['WARN', 'ERROR']],
    ['CRITICAL', []],
    ['SILENT', []],
    ['unknown', ['INFO', 'WARN', 'ERROR']],
  ])('of the level %s', (POWERTOOLS_LOG_LEVEL, expected) => {
    lines.length = 0;
    const log = createLog('test', { POWERTOOLS_LOG_LEVEL });
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level]('something happened');
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(expected);
  });
});

describe('system clock', () => {
  test.each([2 ** 31, Number.POSITIVE_INFINITY])(
    'a sleep of %d ms, which is more than a timer of Node.js can take, lasts until it is aborted',
    async (milliseconds) => {
      const controller = new AbortController();
      let awake = false;
      const sleeping = systemClock.sleep(milliseconds, controller.signal).then(() => {
        awake = true;
      });
      await systemClock.sleep(50);
      expect(awake).toBe(false);
      controller.abort();
      await sleeping;
    },
  );

  test('a sleep of 0 ms lets timers run that are due', async () => {
    let timerRan = false;
    setTimeout(() => {
      timerRan = true;
    }, 0);
    await systemClock.sleep(0);
    expect(timerRan).toBe(true);
  });

  test('a sleep until a time that is over ends at once, and Node.js does not warn of it', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => void warnings.push(warning);
    process.on('warning', onWarning);
    await systemClock.sleep(-318);
    await systemClock.sleep(1);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  test('a sleep ends at once if its signal is already aborted', async () => {
    await systemClock.sleep(3_600_000, AbortSignal.abort());
  });

  test('a sleep removes its listener from the signal when it ends', async () => {
    const { signal } = new AbortController();
    await systemClock.sleep(0, signal);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('clients', () => {
  test.each([
    ['of this stage', clientSettings],
    ['of services that jobs use', remoteClientSettings],
  ])(
    'a call of those %s fails when its time is over, however late the answer comes',
    async (_of, settings) => {
      const server = createServer((_request, response) => void setTimeout(() => response.end('{}'), 1_000));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const client = new SQSClient({
        ...settings,
        maxAttempts: 1,
        requestHandler: { ...settings.requestHandler, requestTimeout: 50 },
        endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        region: 'eu-central-1',
        credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      });
      await expect(client.send(new ListQueuesCommand({}))).rejects.toMatchObject({ name: 'TimeoutError' });
      client.destroy();
      server.closeAllConnections();
      server.close();
    },
  );
});

test('a receive that waits for messages is made once: repeated, it would hold up a stop', async () => {
  expect(await longPollingSqsClient(5).config.maxAttempts()).toBe(1);
});

const urls = ['long', 'ordered.fifo'].map((name) => `https://sqs.eu-central-1.amazonaws.com/1/${name}`);
const eventFrom = (name: string) => ({
  Records: [{ ...record(1), eventSourceARN: `arn:aws:sqs:eu-central-1:1:${name}` }],
});

describe('job queue', () => {
  test.each([
    [0, {}],
    [0.2, { DelaySeconds: 1 }],
    [899.5, { DelaySeconds: 900 }],
    [5_000, { DelaySeconds: 900 }],
  ])('a message is delayed by %d s in whole seconds, of which none is missing', (seconds, expected) => {
    expect(delayed(seconds)).toEqual(expected);
  });

  test.each(['long', 'ordered.fifo'])('an event from the queue %s is recognized by its ARN', (name) => {
    expect(sourceOf(eventFrom(name), urls)).toBe(`https://sqs.eu-central-1.amazonaws.com/1/${name}`);
  });

  test.each(['longer', 'ordered', 'dead-letter'])('an event from another queue, %s, is refused', (name) => {
    expect(() => sourceOf(eventFrom(name), urls)).toThrow(`no queue of this function is called ${name}`);
  });
});
