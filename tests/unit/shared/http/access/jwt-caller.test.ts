import { describe, expect, test } from '@jest/globals';
import { jwtCaller } from '../../../../../shared/http/access/jwt-caller.ts';
import { UnauthenticatedError } from '../../../../../shared/job/errors.ts';
import { aRequest } from '../../../../set-ups/samples.ts';

const callerOf = (claims: unknown, scopes: unknown = null, tenantClaim = 'sub') =>
  jwtCaller(aRequest({ authorizer: { jwt: { claims, scopes } } }), tenantClaim);

describe('jwtCaller', () => {
  test.each<[string, unknown, unknown, readonly string[]]>([
    ['scopes that API Gateway has checked', {}, ['jobs:submit', 'jobs:read'], ['submit', 'read']],
    ['the claim scope', { scope: 'openid jobs:read jobs:control' }, null, ['read', 'control']],
    ['the claim scope, without checked scopes', { scope: 'jobs:read' }, undefined, ['read']],
    ['both', { scope: 'jobs:read' }, ['jobs:submit'], ['submit', 'read']],
    [
      'the claim scp, a list as API Gateway writes it',
      { scp: '[jobs:admin jobs:read]' },
      null,
      ['read', 'admin'],
    ],
    ['the claim scp, a list', { scp: ['jobs:operate', 7] }, null, ['operate']],
    ['no scope', {}, null, []],
    ['scopes of something else', { scope: 'submit read Jobs:read jobs:reads xjobs:read jobs:' }, ['x'], []],
    ['a scope claim of another kind', { scope: { 'jobs:read': true } }, null, []],
  ])('takes rights from %s', (_what, claims, scopes, rights) => {
    expect(callerOf({ sub: 'a tenant', ...Object(claims) }, scopes)).toEqual({ tenant: 'a tenant', rights });
  });

  test('takes the tenant from the claim that the stage names, and from no other', () => {
    expect(callerOf({ sub: 'a person', org: 'a company' }, null, 'org').tenant).toBe('a company');
    expect(() => callerOf({ sub: 'a person' }, null, 'org')).toThrow(UnauthenticatedError);
  });

  test.each([
    ['missing', {}],
    ['empty', { sub: '' }],
    ['null', { sub: null }],
    ['a number', { sub: 7 }],
    ['a list', { sub: ['a tenant'] }],
    ['an object', { sub: { sub: 'a tenant' } }],
    ['inherited', Object.create({ sub: 'a tenant' })],
  ])('refuses a token whose tenant claim is %s', (_what, claims) => {
    expect(() => callerOf(claims, ['jobs:read'])).toThrow(UnauthenticatedError);
  });

  test.each([
    ['no authorizer', undefined],
    ['an authorizer that is null', null],
    ['no token', { jwt: null }],
    ['no claims', { jwt: { scopes: ['jobs:read'] } }],
    ['another authorizer', { lambda: { sub: 'a tenant' } }],
    ['a signature', { iam: { userArn: 'arn:aws:sts::000000000000:assumed-role/a-role/s' } }],
  ])('refuses a request with %s', (_what, authorizer) => {
    expect(() => jwtCaller(aRequest({ authorizer }), 'sub')).toThrow(UnauthenticatedError);
  });

  test('does not read the Authorization header: API Gateway has not checked it', () => {
    const request = aRequest({ headers: { authorization: 'Bearer e30.eyJzdWIiOiJhIn0.' } });
    expect(() => jwtCaller(request, 'sub')).toThrow(UnauthenticatedError);
  });
});
