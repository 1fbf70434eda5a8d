import { setTimeout } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { aKeyEntry } from '../set-ups/access.ts';
import type { AttackedSystem, HttpCall } from './attacked-system.ts';
import { eventually } from './eventually.ts';
import { get } from './probes.ts';
import { sessionOf, withCookie } from './sessions.ts';
import { withKey } from './victims.ts';

export function attackRevoked(running: () => AttackedSystem): void {
  test('a key that was used, and a session with it, end within a minute after the key was revoked', async () => {
    const system = running();
    const { key, text } = await system.newKey({ tenant: 'the-owner' });
    const [byKey, byCookie] = [
      withKey(get('/jobs'), text),
      withCookie(get('/ui'), await sessionOf(system, key)),
    ];
    const statusOf = async (call: HttpCall) => (await system.call(call)).status;
    /**
     * Asked once a second: a minute of calls without a pause is work that other tests wait for.
     * @returns when the last call was sent that was not refused. Its answer may come late
     */
    const lastBefore = (call: HttpCall, status: number) => {
      let last = Date.now();
      return eventually(async () => {
        await setTimeout(900);
        const sentAt = Date.now();
        if ((await statusOf(call)) === status) return last;
        last = sentAt;
        return undefined;
      }, `the answer ${status}`);
    };
    expect([await statusOf(byKey), await statusOf(byCookie)]).toEqual([200, 200]);
    const revokedAt = Date.now();
    await system.putAccess(aKeyEntry(key, { tenant: 'the-owner', revokedAt }));
    for (const last of await Promise.all([lastBefore(byKey, 401), lastBefore(byCookie, 303)]))
      expect(last - revokedAt).toBeLessThan(60_000);
  });
}
