import { afterAll, expect, test } from '@jest/globals';
import { createLog } from '../../../../shared/aws/logger.ts';
import { captureConsole } from '../../../set-ups/captured-console.ts';

const { lines, restore } = captureConsole();
afterAll(restore);

const circular = new Error('its own cause');
circular.cause = circular;

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
