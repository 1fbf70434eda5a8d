import fc from 'fast-check';
import { hostsOf, RecordedNetwork, send as sendHook } from '../set-ups/webhooks.ts';
import { boundCases } from './attack-bounds.ts';
import { objectCases } from './attack-objects.ts';
import { attackWith, disguised, type Generated, somebody } from './attack-somebody.ts';
import { type AttackCase, attackedRoutes, callOf, isPage } from './attack-target.ts';
import type { RawAnswer } from './raw-http.ts';

const idCases: Generated = async (target) => {
  const { victims } = target;
  const { byKey, shownTo } = await somebody(target);
  const ids = Object.values(victims);
  const withNames = attackedRoutes.filter(({ path, query }) => path.includes('{') || query.length > 0);
  return fc
    .record({
      route: fc.constantFrom(...withNames),
      id: disguised(ids),
      asked: fc.array(fc.tuple(fc.nat(), disguised(ids)), { maxLength: 3 }),
      by: fc.constantFrom(byKey, shownTo),
    })
    .map(({ route, id, asked, by }) => () => {
      const names = Object.fromEntries(['id', 'schedule', 'type', 'name'].map((name) => [name, id]));
      const query = asked.flatMap(([at, value]) =>
        route.query.length > 0
          ? [`${route.query[at % route.query.length]}=${value.replaceAll(/[#?&]/g, '')}`]
          : [],
      );
      const call = callOf(route, target, names);
      const sign = call.path.includes('?') ? '&' : '?';
      const path = query.length > 0 ? `${call.path}${sign}${query.join('&')}` : call.path;
      return attackWith(by({ ...call, path }), target);
    });
};

const hostile = [
  '<script>mark()</script>',
  '"><img src=x onerror=mark()>',
  "'><svg/onload=mark()>",
  '</title><script>mark()//',
  'javascript:mark()',
  '{{mark()}}<b>',
];
/** Markup that a browser would act upon. */
const alive = /<script>mark|<img src=x|<svg\/onload|<b>|(href|action|src)="?javascript:/i;

const pageCases: Generated = async (target) => {
  const { shownTo } = await somebody(target);
  const pages = attackedRoutes.filter((route) => isPage(route));
  return fc
    .record({
      route: fc.constantFrom(...pages),
      at: fc.nat(),
      more: fc.constantFrom('next', 'grant', 'x', 'ran', 'status'),
      text: fc.tuple(fc.string({ maxLength: 5 }), fc.constantFrom(...hostile)).map((parts) => parts.join('')),
      inBody: fc.boolean(),
    })
    .map(({ route, at, more, text, inBody }) => () => {
      const name = [...route.query, more][at % (route.query.length + 1)] ?? more;
      const value = `${name}=${encodeURIComponent(text.toWellFormed())}`;
      const given = callOf(route, target, { type: encodeURIComponent(text.toWellFormed()) });
      const call =
        inBody && route.method === 'POST'
          ? { ...given, body: `${value}&field.seconds=${value}&action=${value}` }
          : { ...given, path: `${given.path}?${value}` };
      return attackWith(shownTo(call), target, ({ headers, body }) => {
        const isHtml = headers.get('content-type')?.startsWith('text/html') === true;
        const policy = headers.get('content-security-policy') ?? '';
        return [
          ...(isHtml && alive.test(body) ? ['markup is alive'] : []),
          ...(isHtml && (!policy.includes("default-src 'none'") || policy.includes('unsafe'))
            ? [`the policy "${policy}"`]
            : []),
        ];
      });
    });
};

const elsewhere = [
  'https://evil.example',
  '//evil.example',
  '/\\evil.example',
  '/ui/..//evil.example',
  '/ui/%2e%2e//evil.example',
  '\\\\evil.example',
  'https:evil.example',
  '/ui\t/../..//evil.example',
  'javascript:evil.example',
  '/ui@evil.example',
  '/%09/evil.example',
];
const forwarding = [
  'x-forwarded-host',
  'forwarded',
  'x-original-url',
  'x-rewrite-url',
  'x-host',
  'x-forwarded-server',
  'referer',
];

/** Addresses that lead a browser, or a reader of an answer, to somebody else. */
const addressCases: Generated = async (target) => {
  const { system } = target;
  const { byKey, shownTo, text } = await somebody(target);
  const form = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' };
  const isOurs = ({ headers, body }: RawAnswer): readonly string[] => {
    const location = headers.get('location');
    const ours = location === undefined || new URL(location, system.address).origin === system.address;
    const leads = /(href|action|src|content)="[^"]*evil\.example/.test(body.replaceAll(/\?[^"]*"/g, '"'));
    return [...(ours ? [] : [`leads to ${location}`]), ...(leads ? ['has a link to somebody else'] : [])];
  };
  const signIns = fc
    .tuple(fc.constantFrom(...elsewhere), fc.string({ maxLength: 3 }))
    .map(([next, more]) =>
      new URLSearchParams({ key: text, next: `${next}${more.toWellFormed()}` }).toString(),
    )
    .map(
      (body) => () =>
        attackWith({ method: 'POST', path: '/ui/sign-in', headers: form, body }, target, isOurs),
    );
  const forwarded = fc
    .record({
      route: fc.constantFrom(...attackedRoutes.filter(({ method }) => method === 'GET')),
      names: fc.uniqueArray(fc.constantFrom(...forwarding), { minLength: 1, maxLength: 3 }),
      by: fc.constantFrom(byKey, shownTo),
    })
    .map(({ route, names, by }) => () => {
      const headers = Object.fromEntries(
        names.map((name) => [
          name,
          name === 'forwarded' ? 'host=evil.example;proto=https' : 'https://evil.example',
        ]),
      );
      return attackWith(by({ ...callOf(route, target), headers }), target, ({ headers: answered, body }) =>
        `${[...answered.values()].join(' ')} ${body}`.includes('evil.example')
          ? ['takes a host from a header']
          : [],
      );
    });
  return fc.oneof(signIns, forwarded, webhooks);
};

const innerRanges = ['127', '10', '0', '169.254', '192.168', '172.16', '100.64', '224', '255.255', '198.18'];
/** Ways to write an IPv4 address. */
const notations: readonly ((address: number, parts: readonly number[]) => string)[] = [
  (address) => String(address),
  (address) => `0x${address.toString(16)}`,
  (_, parts) => parts.join('.'),
  (_, parts) => parts.map((part) => `0${part.toString(8)}`).join('.'),
  (address) => `[::ffff:${(address >>> 16).toString(16)}:${(address & 0xffff).toString(16)}]`,
  (address) => `[64:ff9b::${(address >>> 16).toString(16)}:${(address & 0xffff).toString(16)}]`,
  (address) => `[2002:${(address >>> 16).toString(16)}:${(address & 0xffff).toString(16)}::]`,
];

/** Inner addresses, as an address of a webhook and as what its name leads to. */
const webhooks: fc.Arbitrary<AttackCase> = fc
  .record({
    range: fc.constantFrom(...innerRanges),
    rest: fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)),
    notation: fc.constantFrom(...notations),
    isByName: fc.boolean(),
  })
  .map(({ range, rest, notation, isByName }) => async () => {
    const parts = [...range.split('.').map(Number), ...rest].slice(0, 4);
    const address = parts.reduce((sum, part) => sum * 256 + part, 0);
    const network = new RecordedNetwork({ 'hooks.example.com': [[parts.join('.')]] });
    const url = isByName ? 'https://hooks.example.com/' : `https://${notation(address, parts)}/`;
    await sendHook(url, { network, allowedHosts: hostsOf('') });
    return network.routes.length > 0 ? [`a webhook connects to ${url} ${parts.join('.')}`] : [];
  });

/** By name. */
export const generatedClasses: Readonly<Record<string, Generated>> = {
  ids: idCases,
  pages: pageCases,
  addresses: addressCases,
  objects: objectCases,
  bounds: boundCases,
};
