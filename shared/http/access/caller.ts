import type { Right } from '../../domain/access/access-entry.ts';

/** Who makes a request, as its credential says. */
export interface Caller {
  readonly tenant: string;
  /** Who that is, for the log and for histories: see `OperationDone`. */
  readonly actor: string;
  readonly rights: readonly Right[];
  /** Its API key, if that is the credential. */
  readonly key?: { readonly id: string; readonly expiresAt: number | undefined };
}
