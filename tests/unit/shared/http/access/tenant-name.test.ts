import { describe, expect, test } from '@jest/globals';
import { parseOptions } from '../../../../../scripts/access/parse-options.ts';
import { defineSchedules } from '../../../../../shared/author/define-schedules.ts';
import { accessEntry } from '../../../../../shared/domain/access/access-entry.ts';
import { tenantKeyOf } from '../../../../../shared/domain/base/tenant-key.ts';
import { maxTenantName } from '../../../../../shared/domain/base/tenant-name.ts';
import { pauseName } from '../../../../../shared/domain/state/limits/pause.ts';
import { jwtCaller, verifiedCaller } from '../../../../../shared/http/access/jwt-caller.ts';
import { readClaims } from '../../../../../shared/http/access/verified-token.ts';
import { tenantActionRequest } from '../../../../../shared/http/requests/action-request.ts';
import { surveyQuery } from '../../../../../shared/http/responses/operations-response.ts';
import { readTenant, tenantText } from '../../../../../shared/time-text/tenant-text.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { aKey, aKeyEntry } from '../../../../set-ups/access.ts';
import { aRequest } from '../../../../set-ups/samples.ts';

/** An issuer of tokens chooses the name: what it says today, it may say tomorrow. */
const good: readonly (readonly [what: string, name: string])[] = [
  ['a word', 'acme'],
  ['an address', 'jane@example.org'],
  ['a subject of an issuer', 'auth0|62b/7?x=1&y=%2F#z'],
  ['a space', 'Müller & Söhne'],
  ['spaces at its ends', ' acme '],
  ['quotes', '"acme"'],
  ['one quote', '"'],
  ['a backslash', 'CORP\\jane'],
  ['lines', 'a\nb\u0000c'],
  ['control characters of terminals', '\u001b[2J\u009b1A'],
  ['the other direction of writing', 'a\u202eb'],
  ['characters beyond 16 bits, and those that XML refuses', '🎈\uffff'],
  ['all tenants, where mail is concerned', '*'],
  ['so many characters as a token may have', 'x'.repeat(maxTenantName)],
];
const bad: readonly (readonly [what: string, name: string])[] = [
  ['nothing', ''],
  ['half of a character', 'a\ud800'],
  ['the other half', '\udfffa'],
  ['more than any token can say', 'x'.repeat(maxTenantName + 1)],
];

const succeeds = (parse: () => unknown): boolean => {
  try {
    return parse() !== undefined;
  } catch {
    return false;
  }
};

const authorizerOf = (authorizer: object) => {
  const request = aRequest();
  return { ...request, requestContext: { ...request.requestContext, authorizer } };
};
const aRole = { id: 'role/batch', kind: 'role', rights: [], createdAt: 1 } as const;

/** Each door at which somebody says the name of a tenant: whether it takes a name. */
const doors: Readonly<Record<string, (tenant: string) => boolean>> = {
  'a token that API Gateway has checked': (sub) =>
    succeeds(() => jwtCaller(authorizerOf({ jwt: { claims: { sub }, scopes: null } }), 'sub')),
  'the claims of a token that functions/authorize has verified': (sub) =>
    succeeds(() => readClaims({ sub }, 'sub')),
  'what functions/authorize hands on': (tenant) =>
    succeeds(() => verifiedCaller(authorizerOf({ lambda: { tenant, subject: 'jane', scopes: '' } }))),
  'the entry of a key': (tenant) => accessEntry.safeParse(aKeyEntry(aKey('t'), { tenant })).success,
  'the entry of a role': (tenant) => accessEntry.safeParse({ ...aRole, tenant }).success,
  'a command': (tenant) => succeeds(() => parseOptions(['tenant'], { tenant: tenantText(tenant) }, 0)),
  'a schedule': (tenant) =>
    succeeds(() =>
      defineSchedules(contracts, [
        { name: 'x', cron: '0 * * * *', timeZone: 'UTC', type: 'counting', payload: { seconds: 0 }, tenant },
      ]),
    ),
  'a pause': (tenant) => pauseName.safeParse(`tenant:${tenant}`).success,
  'a bulk action of an operator': (tenant) =>
    tenantActionRequest.safeParse({ action: 'cancel', tenant }).success,
  'a look at all tenants': (tenant) => surveyQuery.safeParse({ tenant }).success,
};

describe.each(Object.keys(doors))('the name of a tenant, at the door of %s', (door) => {
  test.each(good)('may have %s', (_what, name) => expect(doors[door]?.(name)).toBe(true));
  test.each(bad)('is not %s', (_what, name) => expect(doors[door]?.(name)).toBe(false));
});

test('two names that a door takes are two in the table, and one that it refuses could be that of another', () => {
  const keys = good.map(([, name]) => tenantKeyOf(name));
  expect(new Set(keys).size).toBe(keys.length);
  expect(tenantKeyOf('a\ud800')).toBe(tenantKeyOf('a\udbff'));
});

describe('a command', () => {
  test.each(good)('shows a name so that it reads the same, and no terminal obeys it: %s', (_what, name) => {
    const text = tenantText(name);
    expect(readTenant(text)).toBe(name);
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]|^\s|\s$/u);
  });

  test.each([
    ['acme', 'acme'],
    ['Müller & Söhne', 'Müller & Söhne'],
    ['a\nb', '"a\\nb"'],
    ['a\u009bb', '"a\\u009bb"'],
    ['"acme"', '"\\"acme\\""'],
  ])('shows %j as %s', (name, text) => expect(tenantText(name)).toBe(text));

  test.each(['"acme', '"a" b', '"\\x"', ' acme', 'a\nb', '""', '"\\ud800"'])(
    'does not guess what %j is',
    (text) => expect(succeeds(() => parseOptions(['tenant'], { tenant: text }, 0))).toBe(false),
  );
});
