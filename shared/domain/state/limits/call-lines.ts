import * as z from 'zod/mini';
import { RecentMap } from '../../base/recent-map.ts';
import type { Kind, Records } from '../../base/records.ts';
import { keyPartOf } from '../../base/tenant-key.ts';
import { type CallLine, freshLine, lineExpiresAt, type StartRates } from './start-rate.ts';

export const callLinesKind = {
  id: 'call-line/<key>',
  has: 'when the next call of a [strict part](limit-work.md#an-api-that-bans) may begin',
  expires: 'an hour later',
} as const satisfies Kind;

export const callLineIdOf = (key: string): string => `call-line/${keyPartOf(key)}`;

const shape = z.object({
  nextAt: z.int(),
  tookMs: z._default(z.int(), 0),
  heldBy: z.optional(z.string()),
});

/** How many lines an instance remembers. */
const maxKnown = 1_000;

/** The strict lines, an item for each key: the part of the `StartRates` port that is about calls. */
export function callLinesIn(
  records: Records<'rate'>,
): Pick<StartRates, 'beginCall' | 'endCall' | 'callLine'> {
  const known = new RecentMap<string, CallLine>(maxKnown);

  async function read(key: string): Promise<CallLine> {
    const stored = await records.read(callLineIdOf(key), 'read a line of calls');
    const { nextAt, tookMs, heldBy } = stored ? shape.parse(stored) : { ...freshLine, heldBy: undefined };
    const found = { nextAt, tookMs, isBusy: heldBy !== undefined };
    known.set(key, found);
    return found;
  }

  const callLine = (key: string) => known.get(key) ?? freshLine;

  return {
    callLine,

    async beginCall(key, { id, now, heldUntil }) {
      // A read costs less than a write that is refused.
      if (callLine(key).nextAt > now && (await read(key)).nextAt > now) return false;
      const { held } = await records.write(callLineIdOf(key), {
        name: 'begin a call',
        set: { nextAt: heldUntil, heldBy: id, expiresAt: lineExpiresAt(heldUntil) },
        // A request that is carried out twice finds its own call; once that has ended, the line goes on later than the
        // request was made.
        when: [[{ attribute: 'nextAt', absentOrAtMost: now }], [{ attribute: 'heldBy', equals: id }]],
      });
      if (held) known.set(key, { ...callLine(key), nextAt: heldUntil, isBusy: true });
      else await read(key);
      return held;
    },

    async endCall(key, id, { nextAt, tookMs }) {
      const { held } = await records.write(callLineIdOf(key), {
        name: 'end a call',
        set: { nextAt, tookMs, expiresAt: lineExpiresAt(nextAt) },
        remove: ['heldBy'],
        when: [[{ attribute: 'heldBy', equals: id }]],
      });
      if (held) known.set(key, { nextAt, tookMs, isBusy: false });
    },
  };
}
