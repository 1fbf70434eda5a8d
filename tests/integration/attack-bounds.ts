import fc from 'fast-check';
import { attackWith, type Generated, somebody } from './attack-somebody.ts';
import { attackedRoutes, callOf, isPage } from './attack-target.ts';
import type { RawAnswer } from './raw-http.ts';

const maxAnswerBytes = 64 * 1024;

/** Bodies, which grow with n. */
const bodies: readonly ((n: number) => string)[] = [
  (n) => `${'['.repeat(n * 10)}${']'.repeat(n * 10)}`,
  (n) => `${'{"a":'.repeat(n * 5)}1${'}'.repeat(n * 5)}`,
  (n) => `{"type":"counting","payload":${'{"seconds":'.repeat(n)}0${'}'.repeat(n)}}`,
  (n) => `{"jobs":[${Array.from({ length: n * 10 }, (_, at) => `{"no${at}":1}`).join()}]}`,
  (n) => `{${Array.from({ length: n * 10 }, (_, at) => `"${at}":1`).join()}}`,
  (n) => `{"${'x'.repeat(n * 20)}":1}`,
  (n) => `{"type":"${'x'.repeat(n * 20)}","payload":null}`,
  (n) =>
    `{"jobs":[${Array.from({ length: Math.min(n, 100) }, () => `{"type":"counting","payload":${'['.repeat(n)}${']'.repeat(n)}}`).join()}]}`,
  (n) => JSON.stringify({ type: 'counting', payload: { seconds: -1 }, tags: Array(n).fill('x'.repeat(n)) }),
  (n) => JSON.stringify({ action: 'cancel', filter: { tags: Array(n * 20).fill('\u0000') } }),
  (n) => '\u00e9"'.repeat(n),
];

/** Ends of an address, which grow with n. */
const ends: readonly ((n: number) => string)[] = [
  (n) => '/'.repeat(n),
  (n) => `/${'x'.repeat(n)}`,
  (n) => `?${'a=1&'.repeat(n)}`,
  (n) => `?tag=${'%c3%a9'.repeat(n)}`,
  (n) => `?cursor=${'A'.repeat(n)}.${'A'.repeat(n)}`,
  (n) => `/${'%2f'.repeat(n)}x`,
];

/** Requests that are too long, too deep or too many: an answer is refused, and short. */
export const boundCases: Generated = async (target) => {
  const { byKey } = await somebody(target);
  const size = fc.constantFrom(2, 10, 60, 500, 2_000, 6_000);
  const json = { 'content-type': 'application/json' };
  const posts = attackedRoutes.filter(
    (route) => route.method === 'POST' && !isPage(route) && !route.key.includes('{'),
  );
  const check = ({ status, body }: RawAnswer): readonly string[] => [
    ...(status >= 400 || body.includes('"items"') ? [] : ['is let in']),
    ...(Buffer.byteLength(body) > maxAnswerBytes ? [`answers ${Buffer.byteLength(body)} bytes`] : []),
  ];
  const inBody = fc
    .record({ route: fc.constantFrom(...posts), body: fc.constantFrom(...bodies), n: size })
    .map(
      ({ route, body, n }) =>
        () =>
          attackWith(byKey({ ...callOf(route, target), headers: json, body: body(n) }), target, check),
    );
  const inPath = fc
    .record({
      route: fc.constantFrom(
        ...attackedRoutes.filter(({ access, method }) => access !== 'open' && method === 'GET'),
      ),
      end: fc.constantFrom(...ends),
      n: fc.constantFrom(1, 50, 1_000, 2_500),
    })
    .map(({ route, end, n }) => () => {
      const call = callOf(route, target);
      return attackWith(byKey({ ...call, path: `${call.path}${end(n)}` }), target, ({ body }) =>
        Buffer.byteLength(body) > maxAnswerBytes ? [`answers ${Buffer.byteLength(body)} bytes`] : [],
      );
    });
  return fc.oneof({ weight: 3, arbitrary: inBody }, inPath);
};
