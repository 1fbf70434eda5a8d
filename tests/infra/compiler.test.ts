import { expect, test } from '@jest/globals';
import { errorsOf } from './compiled.ts';

// All at once: that they share most of what they import makes one compilation of many.
const [all = []] = await errorsOf({ include: ['tests/fixtures'], versions: ['as it is'] });

/** The compiler's errors for a folder of `tests/fixtures`, and those outside of all of these folders. */
const errorsIn = (fixture: string): readonly string[] =>
  all.filter(
    (error) => error.startsWith(`tests/fixtures/${fixture}/`) || !error.startsWith('tests/fixtures/'),
  );

test('the compiler accepts a complete catalog', () => {
  expect(errorsIn('complete-catalog')).toEqual([]);
});

test('the compiler accepts typed calls of the client, and its types are those of the answers', () => {
  expect(errorsIn('client-in-use')).toEqual([]);
});

test.each([
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
    'a schedule whose payload does not match the contract of its type',
    'schedule-that-does-not-fit',
    /TS2322: Type 'string' is not assignable to type 'number'/,
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
  [
    "a call of the client with a payload that the type's contract refuses",
    'client-wrong-payload',
    /TS2322: Type 'string' is not assignable to type 'number'/,
  ],
  [
    'a call of the client with a type that there is not',
    'client-unknown-type',
    /TS2345: Argument of type '"countdwon"' is not assignable/,
  ],
  [
    'a field of a result that the contract does not have',
    'client-result-misread',
    /TS2339: Property 'minutes' does not exist on type '{ seconds: number; }'/,
  ],
])('the compiler rejects %s', (_case, fixture, error) => {
  const [first, ...more] = errorsIn(fixture);
  expect(first).toMatch(error);
  expect(first).toContain(`tests/fixtures/${fixture}/`);
  expect(more).toEqual([]);
});
