import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { dueShards, linePart, shardOf } from '../../shared/domain/state/job/list-keys.ts';
import {
  type Holder,
  type Line,
  lateForMs,
  type Place,
  type Room,
  type WorkPlaces,
} from '../../shared/domain/state/limits/place.ts';
import { InMemoryDueList } from './in-memory-due-list.ts';

interface Taken extends Holder {
  readonly takenAt: number;
  readonly awaitedBy?: string;
}

/**
 * The places as a map, and the lines of an `InMemoryJobStore`, whose index follows every write at once. It passes the
 * same contract tests as the DynamoDB adapter.
 */
export class InMemoryWorkPlaces implements WorkPlaces {
  readonly taken = new Map<string, Taken>();
  readonly #lines = new Map<string, Line>();
  lateNote: { readonly lateMs: number; readonly at: number } | undefined;
  readonly #due: InMemoryDueList;

  constructor(items: ReadonlyMap<string, JobItem> = new Map()) {
    this.#due = new InMemoryDueList(items);
  }

  async look(room: Room): Promise<readonly Place[]> {
    return Array.from({ length: room.running }, (_, number) => {
      const taken = this.taken.get(nameOf(room, number));
      if (!taken) return { number };
      const { takenAt, job, token } = taken;
      return { number, holder: { job, token }, takenAt };
    });
  }

  async put(room: Room, place: Place, { now: takenAt, ...taker }: Holder & { readonly now: number }) {
    const name = nameOf(room, place.number);
    const taken = this.taken.get(name);
    if (isSame(taken, taker)) return true;
    if (!isSame(taken, place.holder)) return false;
    const { awaitedBy } = taken ?? {};
    this.taken.set(name, { ...taker, takenAt, ...(awaitedBy === undefined ? {} : { awaitedBy }) });
    return true;
  }

  async leave(room: Room, number: number, holder: Holder) {
    const taken = this.taken.get(nameOf(room, number));
    if (!taken || !isSame(taken, holder)) return undefined;
    this.taken.delete(nameOf(room, number));
    const { awaitedBy } = taken;
    return awaitedBy === undefined ? {} : { awaitedBy };
  }

  async awaitLeave(room: Room, { number, holder }: Place, job: string): Promise<boolean> {
    const taken = this.taken.get(nameOf(room, number));
    if (!taken || !isSame(taken, holder)) return false;
    this.taken.set(nameOf(room, number), { ...taken, awaitedBy: job });
    return true;
  }

  async first({ id }: Room, atMost: number): Promise<readonly string[]> {
    return this.#due.find({ key: linePart(id), until: Number.MAX_SAFE_INTEGER, limit: atMost });
  }

  async noteLine(room: Room, notedAt: number): Promise<void> {
    this.#lines.set(`${room.id}/${room.running}`, { room, notedAt });
  }

  async lines(part: number): Promise<readonly Line[]> {
    return [...this.#lines.values()].filter(({ room }) => partOfRoom(room) === part);
  }

  async noteLate(lateMs: number, at: number): Promise<void> {
    this.lateNote = { lateMs, at };
  }

  async late(now: number): Promise<number> {
    const { lateMs, at } = this.lateNote ?? { lateMs: 0, at: 0 };
    return at > now - lateForMs ? lateMs : 0;
  }

  async forgetLine({ room, notedAt }: Line): Promise<void> {
    const name = `${room.id}/${room.running}`;
    if (this.#lines.get(name)?.notedAt === notedAt) this.#lines.delete(name);
  }
}

const nameOf = ({ id }: Room, number: number): string => `${id}/${number}`;

const partOfRoom = ({ id }: Room): number => shardOf(Buffer.from(id).toString('hex'), dueShards);

const isSame = (one: Holder | undefined, other: Holder | undefined): boolean =>
  one?.job === other?.job && one?.token === other?.token;
