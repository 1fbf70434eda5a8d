import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLog } from '../../../../shared/aws/logger.ts';

const lines: string[] = [];
const { console: atFirst } = globalThis;
beforeAll(() => {
  // Powertools writes to the console it finds only if this says so.
  process.env.POWERTOOLS_DEV = 'true';
  const keep = (line: string) => void lines.push(line);
  globalThis.console = Object.assign(Object.create(atFirst), {
    log: keep,
    info: keep,
    warn: keep,
    error: keep,
  });
});
afterAll(() => {
  globalThis.console = atFirst;
});

const inCircle = new Error('in a circle');
inCircle.cause = inCircle;

test.each([
  ['is in a circle with its cause', inCircle],
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
])('what is logged may have an error that %s: the line is written, and nothing is thrown', (_what, error) => {
  lines.length = 0;
  createLog('test').warn('something happened', { error, jobId: 'a job' });
  expect(lines.join()).toContain('something happened');
  expect(lines.join()).toContain('a job');
});
