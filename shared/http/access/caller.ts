import type { Right } from '../../domain/access/access-entry.ts';
import { ForbiddenError } from '../../domain/base/errors.ts';

/** Who makes a request, as its credential says. */
export interface Caller {
  readonly tenant: string;
  /** Who that is, for the log and for histories: see `OperationDone`. */
  readonly actor: string;
  readonly rights: readonly Right[];
  /** Its API key, if that is the credential. */
  readonly key?: { readonly id: string; readonly expiresAt: number | undefined };
}

/** @throws ForbiddenError, for what a route does only for some of its callers */
export function requireRight(caller: Caller, right: Right): void {
  if (!caller.rights.includes(right))
    throw new ForbiddenError(`The credential lacks the right \`${right}\`.`);
}

/** @throws ForbiddenError; what `authenticating` rejects with */
export async function callerWith(right: Right, authenticating: Promise<Caller>): Promise<Caller> {
  const caller = await authenticating;
  requireRight(caller, right);
  return caller;
}
