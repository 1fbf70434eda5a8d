import { getEventListeners, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { remoteClientSettings } from '../../../../../shared/author/remote-errors.ts';
import {
  clientSettings,
  longPollingSqsClient,
  systemClock,
} from '../../../../../shared/aws/clients/clients.ts';
import { createLog } from '../../../../../shared/aws/observe/logger.ts';
import { delayed, sourceOf } from '../../../../../shared/aws/queues/job-queue.ts';
import { captureConsole } from '../../../../set-ups/captured-console.ts';
import { record } from '../../../../set-ups/deliveries.ts';

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
