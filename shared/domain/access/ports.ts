import type { AccessEntry } from './access-entry.ts';

/** The access table, as far as a public function may use it. */
export interface AccessStore {
  /** An eventually consistent read. @throws StoreUnavailableError */
  read(id: string): Promise<AccessEntry | undefined>;
}

/** The sessions that people have ended before their time. Every call @throws StoreUnavailableError */
export interface EndedSessions {
  /** A consistent read: a copy of the cookie is refused from the sign-out on. */
  has(session: string): Promise<boolean>;
  /** @param until when the session would have ended, epoch seconds: it need not be known for longer */
  add(session: string, until: number): Promise<void>;
}

/** Which tenants start nothing new. */
export interface Suspensions {
  /** Never rejects: whoever asks goes on if nobody can tell. */
  isSuspended(tenant: string): Promise<boolean>;
}
