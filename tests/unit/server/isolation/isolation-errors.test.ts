import { expect, test } from '@jest/globals';
import { errorOfEnd } from '../../../../server/isolation/isolation-errors.ts';

const heap =
  'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n----- Native';
const aborted = { exitCode: null, signal: 'SIGABRT' } as const;

test.each([
  [
    'a full heap',
    { ...aborted, lastWords: heap },
    'MemoryLimitError',
    "the heap of the job's process has reached its limit of 256 MB",
  ],
  [
    'a full heap, in a shell',
    { exitCode: 134, signal: null, lastWords: heap },
    'MemoryLimitError',
    "the heap of the job's process has reached its limit of 256 MB",
  ],
  [
    'an abort',
    { ...aborted, lastWords: 'Aborted' },
    'JobCrashedError',
    'the process of the job ended by the signal SIGABRT',
  ],
  [
    'the kernel, which needs memory',
    { exitCode: null, signal: 'SIGKILL', lastWords: '' } as const,
    'JobCrashedError',
    'the process of the job ended by the signal SIGKILL',
  ],
  [
    'an exit',
    { exitCode: 0, signal: null, lastWords: heap },
    'JobCrashedError',
    'the process of the job ended with the exit code 0',
  ],
])('%s is told apart', (_what, end, name, message) => {
  expect(errorOfEnd(end, 256)).toMatchObject({ name, message });
});
