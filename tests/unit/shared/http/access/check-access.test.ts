import { describe, expect, test } from '@jest/globals';
import { checkAccess } from '../../../../../shared/http/access/check-access.ts';
import { grantFor } from '../../../../../shared/http/access/grant.ts';
import type { HttpRequest } from '../../../../../shared/http/http-types.ts';
import { type Right, rights, rootId } from '../../../../../shared/job/access-entry.ts';
import type { AuthMode } from '../../../../../shared/job/auth-mode.ts';
import { ForbiddenError, JobNotFoundError, UnauthenticatedError } from '../../../../../shared/job/errors.ts';
import { aKey, aKeyEntry, anAccess, aRoleEntry, aRootEntry } from '../../../../set-ups/access.ts';
import { aKeyedRequest, anId, aQueuedItem, aRequest, dayMs, jobId } from '../../../../set-ups/samples.ts';

const tenant = 'a tenant';
const sessionArn = 'arn:aws:sts::000000000000:assumed-role/a-role/a-session';
const requestWith: Readonly<Record<'apiKey' | 'jwt' | 'iam', (given: readonly Right[]) => HttpRequest>> = {
  apiKey: () => aKeyedRequest(aKey()),
  jwt: (given) =>
    aRequest({ authorizer: { jwt: { claims: { sub: tenant }, scopes: given.map((one) => `jobs:${one}`) } } }),
  iam: () => aRequest({ authorizer: { iam: { userArn: sessionArn } } }),
};

/** The access of a stage in which the key, the role and the token of the tenant have these rights. */
function accessWith(mode: AuthMode, given: readonly Right[] = rights) {
  const { deps, store } = anAccess(mode);
  store.put(aKeyEntry(aKey(), { rights: [...given] }), aRoleEntry('a-role', { rights: [...given] }));
  return { deps, store };
}

describe.each(['apiKey', 'jwt', 'iam'] as const)('in the mode %s', (mode) => {
  test.each(rights)('the right %s is for the routes that ask for it, and for no other', async (right) => {
    const only = accessWith(mode, [right]);
    const request = requestWith[mode]([right]);
    expect(await checkAccess(request, right, only.deps)).toEqual({ tenant, rights: [right] });
    for (const other of rights.filter((one) => one !== right))
      await expect(checkAccess(request, other, only.deps)).rejects.toThrow(ForbiddenError);
  });

  test('a request without a credential is refused', async () => {
    await expect(checkAccess(aRequest(), 'read', accessWith(mode).deps)).rejects.toThrow(
      UnauthenticatedError,
    );
  });
});

test('in the mode none everybody is the tenant public, with all rights', async () => {
  const { deps, store } = accessWith('none');
  for (const right of rights)
    expect(await checkAccess(aRequest(), right, deps)).toEqual({ tenant: 'public', rights });
  expect(store.reads).toEqual([]);
});

test('an open route asks for nothing', async () => {
  const { deps, store } = accessWith('apiKey');
  expect(await checkAccess(aRequest(), 'open', deps)).toBeUndefined();
  expect(store.reads).toEqual([]);
});

const goodGrant = grantFor(aQueuedItem(), { root: aRootEntry(), retentionDays: 15 });
const withGrant = (grant: string, over: Parameters<typeof aRequest>[0] = {}) =>
  aRequest({ pathParameters: { id: jobId }, queryStringParameters: { grant }, ...over });

describe.each(['apiKey', 'jwt', 'iam', 'none'] as const)('a route for a grant, in the mode %s', (mode) => {
  test('lets in whoever has the grant for the job', async () => {
    const { deps, store } = accessWith(mode);
    expect(await checkAccess(withGrant(goodGrant), 'grant or read', deps)).toEqual({ kind: 'grant' });
    expect(store.reads).toEqual([rootId]);
  });

  test('hides the job from whoever has another grant', async () => {
    const { deps } = accessWith(mode);
    const otherJob = withGrant(goodGrant, { pathParameters: { id: anId(1) } });
    for (const request of [withGrant(goodGrant.slice(0, -1)), withGrant(''), otherJob])
      await expect(checkAccess(request, 'grant or read', deps)).rejects.toThrow(
        new JobNotFoundError('There is no job of this id.'),
      );
  });
});

describe('a route for a grant', () => {
  test('hides the job after the grant has expired', async () => {
    const { deps, clock } = anAccess();
    await clock.advance(31 * dayMs);
    await expect(checkAccess(withGrant(goodGrant), 'grant or read', deps)).rejects.toThrow(JobNotFoundError);
  });

  test.each(['apiKey', 'jwt', 'iam'] as const)('takes an API key instead, in the mode %s', async (mode) => {
    const { deps } = accessWith(mode, ['read']);
    const viewer = { kind: 'caller', tenant, rights: ['read'] };
    expect(await checkAccess(aKeyedRequest(aKey()), 'grant or read', deps)).toEqual(viewer);
    const { headers } = aKeyedRequest(aKey());
    expect(await checkAccess(withGrant('no grant', { headers }), 'grant or read', deps)).toEqual(viewer);
  });

  test.each(['jwt', 'iam'] as const)('takes no other credential in the mode %s', async (mode) => {
    const access = checkAccess(requestWith[mode](rights), 'grant or read', accessWith(mode).deps);
    await expect(access).rejects.toThrow(UnauthenticatedError);
  });

  test('refuses an API key without the right to read, and a request with neither', async () => {
    const { deps } = accessWith('apiKey', ['submit', 'control', 'admin', 'operate']);
    await expect(checkAccess(aKeyedRequest(aKey()), 'grant or read', deps)).rejects.toThrow(ForbiddenError);
    await expect(checkAccess(aRequest(), 'grant or read', deps)).rejects.toThrow(UnauthenticatedError);
  });

  test('is for everybody in the mode none, as the tenant public', async () => {
    const viewer = await checkAccess(aRequest(), 'grant or read', accessWith('none').deps);
    expect(viewer).toEqual({ kind: 'caller', tenant: 'public', rights });
  });
});
