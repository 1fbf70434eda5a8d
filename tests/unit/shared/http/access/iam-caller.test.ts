import { describe, expect, test } from '@jest/globals';
import { iamCaller } from '../../../../../shared/http/access/iam-caller.ts';
import { roleEntryId } from '../../../../../shared/job/access-entry.ts';
import { ForbiddenError, UnauthenticatedError } from '../../../../../shared/job/errors.ts';
import { InMemoryAccessStore } from '../../../../../testkit/fakes/in-memory-access-store.ts';
import { aKeyEntry, aRoleEntry } from '../../../../set-ups/access.ts';
import { aRequest } from '../../../../set-ups/samples.ts';

const sts = 'arn:aws:sts::000000000000';

async function callerOf(authorizer: unknown) {
  const store = new InMemoryAccessStore();
  store.put(aRoleEntry('a-role', { tenant: 'its tenant', rights: ['submit'] }));
  store.entries.set(roleEntryId('a-key'), aKeyEntry());
  const caller = await iamCaller(aRequest({ authorizer }), store).catch((error: Error) => error);
  return { caller, reads: store.reads };
}
const byArn = (userArn: unknown) => callerOf({ iam: { userArn } });

describe('iamCaller', () => {
  test.each([
    ['a session', `${sts}:assumed-role/a-role/a-session`],
    ['another session', `${sts}:assumed-role/a-role/somebody@example.com`],
    ["a session with another role's name", `${sts}:assumed-role/a-role/another-role`],
  ])('knows a role by its name alone: %s', async (_what, arn) => {
    expect(await byArn(arn)).toEqual({
      caller: { tenant: 'its tenant', rights: ['submit'] },
      reads: [roleEntryId('a-role')],
    });
  });

  test.each([
    ['a role that is not registered', `${sts}:assumed-role/another-role/a-session`],
    ['a role whose session has the name of a registered one', `${sts}:assumed-role/another-role/a-role`],
    ['a role whose name differs in case', `${sts}:assumed-role/A-role/a-session`],
    ['the entry of a key under the name of a role', `${sts}:assumed-role/a-key/a-session`],
  ])('refuses %s', async (_what, arn) => {
    expect((await byArn(arn)).caller).toBeInstanceOf(ForbiddenError);
  });

  test.each([
    ['an IAM user', 'arn:aws:iam::000000000000:user/a-role'],
    ['a user with a path', 'arn:aws:iam::000000000000:user/assumed-role/a-role/a'],
    ['a role that was not assumed', 'arn:aws:iam::000000000000:role/a-role'],
    ['the root user', 'arn:aws:iam::000000000000:root'],
    ['a federated user', `${sts}:federated-user/a-role`],
    ['a role of another account', 'arn:aws:sts::000000000001:assumed-role/a-role/a-session'],
    ['a path in the name', `${sts}:assumed-role/path/a-role/a-session`],
    ['no session', `${sts}:assumed-role/a-role`],
    ['no role', `${sts}:assumed-role//a-session`],
    ['another service', 'arn:aws:s3::000000000000:assumed-role/a-role/a-session'],
    ['a text before the ARN', ` ${sts}:assumed-role/a-role/a-session`],
    ['another line after the ARN', `${sts}:assumed-role/a-role/a-session\nx`],
  ])('refuses %s without a read', async (_what, arn) => {
    const { caller, reads } = await byArn(arn);
    expect(caller).toBeInstanceOf(ForbiddenError);
    expect(reads).toEqual([]);
  });

  test.each([
    ['no authorizer', undefined],
    ['an authorizer that is null', null],
    ['no ARN', { iam: {} }],
    ['an empty ARN', { iam: { userArn: '' } }],
    ['an ARN that is no text', { iam: { userArn: 7 } }],
    ['a token', { jwt: { claims: { sub: 'a tenant' }, scopes: null } }],
  ])('takes a request with %s for one that nobody has checked', async (_what, authorizer) => {
    const { caller, reads } = await callerOf(authorizer);
    expect(caller).toBeInstanceOf(UnauthenticatedError);
    expect(reads).toEqual([]);
  });
});
