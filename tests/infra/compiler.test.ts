import { execFile } from 'node:child_process';
import { expect, test } from '@jest/globals';

/** The compiler's errors for a project in `tests/fixtures`: the first line of each. */
const errorsIn = (fixture: string): Promise<readonly string[]> =>
  new Promise((resolve) => {
    const args = [
      'node_modules/typescript/bin/tsc',
      '--noEmit',
      '--pretty',
      'false',
      '-p',
      `tests/fixtures/${fixture}`,
    ];
    execFile(process.execPath, args, (failure, stdout, stderr) => {
      const errors = stdout.split('\n').filter((line) => /^\S/.test(line));
      resolve(failure && errors.length === 0 ? [stderr || failure.message] : errors);
    });
  });

test.concurrent('the compiler accepts a complete catalog', async () => {
  expect(await errorsIn('complete-catalog')).toEqual([]);
});

test.concurrent.each([
  ['a contract without a handler', 'contract-without-handler', /TS2741: Property 'countdown' is missing/],
  ['a handler without a contract', 'handler-without-contract', /TS2353: .* 'undeclared' does not exist/],
  [
    'a handler in the catalog of another queue',
    'handler-on-the-wrong-queue',
    /TS2353: .* 'countdown' does not exist/,
  ],
  ['a result that does not match the contract', 'result-that-does-not-fit', /TS2322: .*seconds: string/],
  [
    'a payload field that the contract does not have',
    'payload-misread',
    /TS2339: Property 'minutes' does not exist/,
  ],
  [
    'a handler of a route that has no entry in the table of routes',
    'route-without-entry',
    /TS2353: .*pause'' does not exist/,
  ],
  [
    'a function that lacks the handler of one of its routes',
    'route-without-handler',
    /TS2345: .*RouteHandlers<"status">/,
  ],
  [
    'a handler that takes a grant for a caller',
    'grant-taken-for-a-caller',
    /TS2339: Property 'tenant' does not exist/,
  ],
])('the compiler rejects %s', async (_case, fixture, error) => {
  const [first, ...more] = await errorsIn(fixture);
  expect(first).toMatch(error);
  expect(first).toContain(`tests/fixtures/${fixture}/`);
  expect(more).toEqual([]);
});
