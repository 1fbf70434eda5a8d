import * as z from 'zod/mini';
import { asRead, type Test } from '../../base/condition.ts';
import { defined } from '../../base/defined.ts';
import { RecentMap } from '../../base/recent-map.ts';
import { type DeletableRecords, type Kind, type ManyRecords, secondsOf } from '../../base/records.ts';
import type { DueList } from '../job/due-list.ts';
import { dueShards, linePart } from '../job/list-keys.ts';
import {
  type Holder,
  type Line,
  lateForMs,
  noteAgainMs,
  noteLateAgainMs,
  type Room,
  type WorkPlaces,
} from './place.ts';

export const workPlacesKind = {
  id: 'place/<key>/<number>, place-line/<key>/<places>, place-late',
  has: 'which attempt has a place of a key, without a lease (`isFinal`); that jobs wait for one, in the index `due`; how late a woken job has come',
  expires: 'with the attempt; when nobody waits; after two hours',
} as const satisfies Kind;

const shape = z.object({
  id: z.string(),
  job: z.string(),
  token: z.int(),
  takenAt: z.int(),
  awaitedBy: z.optional(z.string()),
});
const lateShape = z.object({ lateMs: z.int(), notedAt: z.int() });

const placePrefix = 'place/';
const placeIdOf = ({ id }: Room, number: number): string => `${placePrefix}${id}/${number}`;
const lineIdOf = ({ id, running }: Room): string => `place-line/${id}/${running}`;
const lateId = 'place-late';

/** The lines are in parts of the index `due`, so that many keys are not one partition's. */
const linesPart = (part: number): string => `lines-${part}`;
const partOfRoom = ({ id }: Room): number => (Buffer.from(id).at(-1) ?? 0) % dueShards;

const sameHolder = (holder: Holder | undefined): readonly Test[] => [
  asRead('job', holder?.job),
  ...(holder ? [asRead('token', holder.token)] : []),
];

/** How many lines an instance remembers. */
const maxKnownLines = 1_000;
const pageSize = 500;

interface Table {
  readonly records: DeletableRecords<'place'> & ManyRecords<'place'>;
  /** Lines are in the same index as the jobs that wait in them. */
  readonly due: DueList;
}

/** An item for each place that is taken, and one for each line, behind the `WorkPlaces` port. */
export function workPlacesIn({ records, due }: Table): WorkPlaces {
  const noted = new RecentMap<string, number>(maxKnownLines);
  /** Writes a note again after a while. */
  const note = async (
    id: string,
    again: { readonly ms: number; readonly now: number },
    write: () => Promise<unknown>,
  ) => {
    if ((noted.get(id) ?? 0) > again.now - again.ms) return;
    await write();
    noted.set(id, again.now);
  };

  return {
    async look(room) {
      const ids = Array.from({ length: room.running }, (_, number) => placeIdOf(room, number));
      const items = (await records.readMany(ids, 'look at places')).map((item) => shape.parse(item));
      const found = new Map(items.map((item) => [item.id, item]));
      return ids.map((id, number) => {
        const item = found.get(id);
        return item
          ? { number, holder: { job: item.job, token: item.token }, takenAt: item.takenAt }
          : { number };
      });
    },

    async put(room, { number, holder }, { job, token, now }) {
      const { held } = await records.write(placeIdOf(room, number), {
        name: 'take a place',
        set: { job, token, takenAt: now },
        // The answer to a request before may have been lost.
        when: [sameHolder(holder), sameHolder({ job, token })],
      });
      return held;
    },

    async leave(room, number, holder) {
      const { held, item } = await records.delete(placeIdOf(room, number), {
        name: 'leave a place',
        when: [sameHolder(holder)],
        returns: 'before',
      });
      return held ? defined({ awaitedBy: shape.parse(item).awaitedBy }) : undefined;
    },

    async awaitLeave(room, { number, holder }, job) {
      if (!holder) return false;
      const { held } = await records.write(placeIdOf(room, number), {
        name: 'wait for a place',
        set: { awaitedBy: job },
        when: [sameHolder(holder)],
      });
      return held;
    },

    first: async ({ id }, atMost) => {
      const { entries } = await due.page({ key: linePart(id), limit: atMost });
      return entries.map((entry) => entry.id);
    },

    noteLine: (room, now) =>
      note(lineIdOf(room), { ms: noteAgainMs, now }, () =>
        records.write(lineIdOf(room), {
          name: 'note a line',
          set: { dueKey: linesPart(partOfRoom(room)), lookAt: now },
        }),
      ),

    async lines(part) {
      const found: Line[] = [];
      let after: string | undefined;
      do {
        const page = await due.page({ key: linesPart(part), limit: pageSize, ...defined({ after }) });
        for (const { id, lookAt: notedAt } of page.entries) {
          const [, room = '', running] = id.split('/');
          found.push({ room: { id: room, running: Number(running) }, notedAt });
        }
        after = page.next;
      } while (after !== undefined);
      return found;
    },

    noteLate: (lateMs, now) =>
      note(lateId, { ms: noteLateAgainMs, now }, () =>
        records.write(lateId, {
          name: 'note that wakes are late',
          set: { lateMs, notedAt: now, expiresAt: secondsOf(now + lateForMs + 3_600_000) },
        }),
      ),

    async late(now) {
      const [item] = await records.readMany([lateId], 'ask whether wakes are late', 'eventual');
      if (!item) return 0;
      const { lateMs, notedAt } = lateShape.parse(item);
      return notedAt > now - lateForMs ? lateMs : 0;
    },

    async forgetLine({ room, notedAt }) {
      await records.delete(lineIdOf(room), {
        name: 'forget a line',
        when: [[{ attribute: 'lookAt', equals: notedAt }]],
      });
    },
  };
}
