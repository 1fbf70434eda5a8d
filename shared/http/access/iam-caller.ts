import * as z from 'zod/mini';
import { roleEntryId } from '../../domain/access/access-entry.ts';
import type { AccessStore } from '../../domain/access/ports.ts';
import { ForbiddenError, UnauthenticatedError } from '../../domain/base/errors.ts';
import type { HttpRequest } from '../wire/http-types.ts';
import type { Caller } from './caller.ts';

/** What the HTTP API hands over after it has checked a request's signature. */
const authorizer = z.object({ iam: z.object({ userArn: z.string().check(z.minLength(1)) }) });

/** The role's path is not in it. The session's name is its caller's choice. */
const assumedRole = /^arn:aws[a-z-]*:sts::(\d{12}):assumed-role\/([\w+=,.@-]{1,64})\/([\w+=,.@-]+)$/;

/**
 * The caller of a signed request: its role's entry in the access table. A role of another account has another meaning,
 * whatever its name, and an IAM user has no role.
 * @throws UnauthenticatedError without a checked signature; ForbiddenError; StoreUnavailableError
 */
export async function iamCaller({ requestContext }: HttpRequest, entries: AccessStore): Promise<Caller> {
  const checked = authorizer.safeParse(
    'authorizer' in requestContext ? requestContext.authorizer : undefined,
  );
  if (!checked.success) throw new UnauthenticatedError('no signature that API Gateway has checked');
  const [, account, role, session] = assumedRole.exec(checked.data.iam.userArn) ?? [];
  if (role === undefined || account !== requestContext.accountId)
    throw new ForbiddenError('Only a role of the account of this API may call it.');
  const entry = await entries.read(roleEntryId(role));
  if (entry?.kind !== 'role') throw new ForbiddenError('The role is not registered with this API.');
  return { tenant: entry.tenant, actor: `role:${role}/${session}`, rights: entry.rights };
}
