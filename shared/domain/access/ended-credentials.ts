import type { Kind, Records } from '../base/records.ts';
import { sha256 } from '../base/sha256.ts';

/**
 * Sessions and signed links that people have ended before their time, by their texts. Every call @throws
 * StoreUnavailableError
 */
export interface EndedCredentials {
  /** A consistent read: a copy of the cookie is refused from the sign-out on, and a link from its end on. */
  has(text: string): Promise<boolean>;
  /** @param until when it would have ended, epoch seconds: it need not be known for longer */
  add(text: string, until: number): Promise<void>;
}

export const endedCredentialsKind = {
  id: 'ended-credential/<hash>',
  has: 'a session or link that was ended before its time',
  expires: 'an hour after that time',
} as const satisfies Kind;

const idOf = (text: string): string => `ended-credential/${sha256(text)}`;

/**
 * The clocks of functions differ: none may take the session, or the link, for a good one because TTL has removed the
 * item.
 */
const keptSeconds = 3_600;

/** Among the jobs: nobody who can be called by everybody may write the access table. */
export const endedCredentialsIn = (records: Records<'ended-credential'>): EndedCredentials => ({
  has: async (text) => (await records.read(idOf(text), 'read an ended credential')) !== undefined,
  add: async (text, until) => {
    await records.write(idOf(text), { name: 'end a credential', set: { expiresAt: until + keptSeconds } });
  },
});
