import { describe, expect, test } from '@jest/globals';
import { framesOfUsers, readableStack } from '../../../../../shared/domain/observe/stack-frames.ts';

const clone = '/home/me/my clone/of (it)';

/** What stands in a stack, and what people read of it: nothing of a frame that is not of their code. */
const frames: readonly (readonly [string, string | undefined])[] = [
  [
    `    at greet (file://${encodeURI(clone)}/job-types/greet/handler.ts:3:5)`,
    '    at greet (job-types/greet/handler.ts:3:5)',
  ],
  [
    `    at async Greeter.all (${clone}/job-types/greet/greeter.ts:9:1)`,
    '    at async Greeter.all (job-types/greet/greeter.ts:9:1)',
  ],
  [`    at ${clone}/job-types/greet/handler.ts:4:12`, '    at job-types/greet/handler.ts:4:12'],
  ['    at a (job-types/resize/handler.ts:31:11)', '    at a (job-types/resize/handler.ts:31:11)'],
  ['at a (job-types/shared/pay.ts:31:11)', 'at a (job-types/shared/pay.ts:31:11)'],
  [
    `    at sum (/home/examples/clone/examples/csv-aggregate/sum.ts:7:9)`,
    '    at sum (examples/csv-aggregate/sum.ts:7:9)',
  ],
  [
    `    at x (${clone}/tests/job-types/counting/handler.ts:7:9)`,
    '    at x (tests/job-types/counting/handler.ts:7:9)',
  ],
  ['    at a (worker.3f0c1d9a52b7e846.mjs:12:3456)', '    at a (worker.3f0c1d9a52b7e846.mjs:12:3456)'],
  ['    at file:///opt/mine/other.ts:1:2', '    at file:///opt/mine/other.ts:1:2'],
  ['    at runHandler (shared/worker/hold/run-handler.ts:61:20)', undefined],
  [`    at retry (file://${encodeURI(clone)}/shared/worker/hold/run-handler.ts:61:20)`, undefined],
  ['    at a (server/serve-queue.ts:1:2)', undefined],
  [`    at Parser.parse (${clone}/node_modules/csv-parse/lib/sync.js:12:3)`, undefined],
  ['    at JSON.parse (<anonymous>)', undefined],
  ['    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)', undefined],
  ['    at new Promise (<anonymous>)', undefined],
  [`    at ${clone}/.local/123/.build/functions/worker/handler.mjs:1:2`, undefined],
];

describe('a stack, as people read it', () => {
  test.each(frames)('of the frame %p it has %p', (frame, read) => {
    expect(framesOfUsers(`Error: no words\n${frame}`)).toEqual(read === undefined ? [] : [read]);
  });

  test('keeps the message, also one of several lines', () => {
    const message = 'Error: no words\n  in the text\nat all';
    const stack = [message, ...frames.map(([frame]) => frame)].join('\n');
    const read = frames.flatMap(([, shown]) => shown ?? []);
    expect(readableStack(stack)).toBe([message, ...read].join('\n'));
  });

  test('of an error that no code of a user is in, all is left', () => {
    const stack = 'Error: a fault of the engine\n    at runHandler (shared/worker/hold/run-handler.ts:61:20)';
    expect(readableStack(stack)).toBe(stack);
    expect(readableStack('Error: without frames')).toBe('Error: without frames');
  });
});
