import fc from 'fast-check';
import { portsBeside } from '../listening-sockets.ts';
import { type AttackCase, type AttackTarget, attackedRoutes, callOf } from './attack-target.ts';
import { sendRaw } from './raw-http.ts';
import { withKey } from './victims.ts';

const foreignHosts = [
  'evil.example',
  'localhost.evil.example',
  '127.0.0.1.nip.io',
  '192.168.1.7',
  '[::2]',
  'localhost@evil.example',
  '0.0.0.0',
  '',
];
const foreignOrigins = [
  'http://evil.example',
  'null',
  'http://localhost.evil.example',
  'file://',
  'http://127.0.0.1:1',
  'chrome-extension://a',
];
const paths = [
  '/',
  '/2015-03-31/functions/job-worker-local-longWorker/invocations',
  '/_fauxqs/queues',
  '/schedules/new',
  '/metrics',
  '/bucket',
];

/** Every port of `npm start` by another name, and for a page of another origin, even with the key of the owner. */
export async function portCases(target: AttackTarget): Promise<fc.Arbitrary<AttackCase>> {
  const { system, ownersKey } = target;
  const beside = await portsBeside(Number(new URL(system.address).port));
  const ports = new Set([
    ...beside.map(({ port }) => port),
    ...system.endpoints.map((endpoint) => Number(new URL(endpoint).port)),
  ]);
  return fc
    .record({
      port: fc.constantFrom(...ports),
      call: fc.oneof(
        fc.constantFrom(...attackedRoutes).map((route) => callOf(route, target)),
        fc
          .constantFrom(...paths)
          .map((path) => ({ method: 'POST', path, headers: {}, body: '{"Records":[]}' })),
      ),
      host: fc.option(fc.constantFrom(...foreignHosts)),
      origin: fc.constantFrom(...foreignOrigins),
      method: fc.constantFrom(undefined, undefined, 'OPTIONS'),
    })
    .map(({ port, call, host, origin, method }) => async () => {
      const { path, headers = {}, body = '', ...rest } = withKey(call, ownersKey);
      const { 'sec-fetch-site': _, ...sent } = headers;
      const lines = Object.entries({
        ...sent,
        host: host ?? `127.0.0.1:${port}`,
        ...(host === null ? { origin } : {}),
        'content-length': Buffer.byteLength(body),
        connection: 'close',
      }).map(([name, value]) => `${name}: ${value}`);
      const first = `${method ?? rest.method} ${path} HTTP/1.1`;
      const answer = await sendRaw(`http://127.0.0.1:${port}`, [first, ...lines, '', body].join('\r\n'));
      const allows = [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'));
      const isRefused = [400, 403].includes(answer.status) && allows.length === 0;
      return isRefused
        ? []
        : [`port ${port}, ${first}, host ${host}, origin ${origin}: ${answer.status} ${allows}`];
    });
}
