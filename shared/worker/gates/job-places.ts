import { contractOf } from '../../author/contract.ts';
import { isOfRunning } from '../../author/work-limit.ts';
import { classifyDelivery, type DeliveryState } from '../../delivery/classify-delivery.ts';
import { type Disposition, deleted, itemChanged, returned } from '../../delivery/disposition.ts';
import { freePlaces, wakeInLine } from '../../delivery/wake-in-line.ts';
import { asError } from '../../domain/base/errors.ts';
import { keyPartOf } from '../../domain/base/tenant-key.ts';
import { isInLine, type JobItem, placeAwaited, turnInLine } from '../../domain/state/job/item.ts';
import { isClaimed } from '../../domain/state/job/transitions.ts';
import { type Holder, isFinal, lateAfterMs, type Place, type Room } from '../../domain/state/limits/place.ts';
import { awaitPlaceWrite } from '../../domain/state/writes/hold-back-writes.ts';
import { giveBackWrite, type Lease } from '../../domain/state/writes/holder-writes.ts';
import type { Claimed, NotClaimable } from '../hold/run-once.ts';
import { lastStart, mayStart } from './await-handler.ts';
import { type Arrival, leaveQueue, type WorkerDependencies } from './before-claim.ts';
import { limitKeyOf } from './limit-key.ts';
import { untilStored } from './writes-for-ending.ts';

/**
 * A place that was taken later is not judged before a claim: its worker frees it in time, and each look would read all
 * jobs that run.
 */
const judgedAfterMs = 60_000;
/** Others may take a place between the look and the write. */
const maxTries = 4;
/**
 * A job that comes while a place is free wakes the first in line: the attempt that left the place may have died before
 * it woke one. But mostly a job was woken, and is on its way to the place. So behind a longer line, only ten of as many
 * jobs as wait there wake one.
 */
const shortLine = 10;
/** The message of a group comes back by itself, less and less often, should nobody wake its job. */
const minHiddenMs = 60_000;
const maxHiddenMs = 30 * 60_000;

/** A key that the job has a limit for. */
interface RoomOfJob {
  readonly room: Room;
  /** The key as people see it. */
  readonly shownKey: string;
}

interface Spot {
  readonly room: Room;
  readonly place: Place;
}

/**
 * @returns the places that the job of a message needs; undefined if its type has no such limit; an error if the job has
 * no key although it should
 */
export function placesOf(arrival: Arrival, deps: WorkerDependencies): JobPlaces | Error | undefined {
  const { message } = arrival.received;
  const contract = contractOf(deps.contracts, message.type);
  const limits = contract?.limits?.filter(isOfRunning) ?? [];
  if (!contract || limits.length === 0) return undefined;
  const found: RoomOfJob[] = [];
  for (const limit of limits) {
    const key = limitKeyOf(limit, message, contract);
    if (key instanceof Error) return key;
    const { running } = limit;
    if (key) found.push({ room: { id: keyPartOf(key.key), running }, shownKey: key.shown });
  }
  return found.length === 0 ? undefined : new JobPlaces(found, arrival, deps);
}

/**
 * The places of one attempt. The worker looks for them before the claim, and takes them after it, when the fencing
 * token is known: a place names it. So nobody has a place who does not run, and nobody runs without one. Who finds no
 * place stands in line, outside of its queue.
 */
export class JobPlaces {
  readonly #rooms: readonly RoomOfJob[];
  readonly #arrival: Arrival;
  readonly #deps: WorkerDependencies;
  /** What was found before the claim, by room. */
  readonly #found = new Map<string, Place>();
  readonly #taken: Spot[] = [];
  #holder: Holder | undefined;
  #awaited: JobItem['awaitsPlace'];

  constructor(rooms: readonly RoomOfJob[], arrival: Arrival, deps: WorkerDependencies) {
    this.#rooms = rooms;
    this.#arrival = arrival;
    this.#deps = deps;
  }

  get #message() {
    return this.#arrival.received.message;
  }

  /**
   * Looks for places before the claim.
   * @returns what becomes of the message of a job that has to wait; undefined if it may be claimed
   * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError
   */
  async find(): Promise<Disposition | undefined> {
    const { store, clock } = this.#deps;
    const item = await store.read(this.#message.id);
    const state = classifyDelivery(item, { message: this.#message, now: clock.now() });
    this.#awaited = item && placeAwaited(item);
    if (!mayStart(state)) return item && this.#withoutStart(item, state);
    for (const roomOfJob of this.#rooms) {
      const place = await this.#findIn(roomOfJob, item);
      if (!place) return this.#standInLine(roomOfJob, item);
      this.#found.set(roomOfJob.room.id, place);
    }
    return undefined;
  }

  /**
   * A job does not overtake those that wait, with three exceptions: a woken job is the first of them; a job that is taken
   * over may have a place already; and a job whose turn for a start has come has stood in a line before.
   */
  async #findIn({ room }: RoomOfJob, item: JobItem | undefined): Promise<Place | undefined> {
    const { workPlaces } = this.#deps;
    const isTakeOver = item !== undefined && isClaimed(item.status);
    const hasTurn = item !== undefined && turnInLine(item) !== undefined;
    if (hasTurn || this.#awaited?.room === room.id) return this.#look(room);
    if (isTakeOver) {
      const own = (await workPlaces.look(room)).find(({ holder }) => holder?.job === item.id);
      if (own) return own;
    }
    return (await workPlaces.first(room, 1)).length > 0 ? undefined : this.#look(room);
  }

  /** @returns one of the free places, any: others may be about to take one, too */
  async #look(room: Room): Promise<Place | undefined> {
    const { workPlaces, clock, random } = this.#deps;
    const places = await workPlaces.look(room);
    // Who was woken was told that one is free.
    const takenBefore = clock.now() - (this.#awaited ? 0 : judgedAfterMs);
    const judging = { places, takenBefore, job: this.#message.id, token: this.#holder?.token };
    const free = await freePlaces(judging, this.#deps);
    return (
      free.find(({ holder }) => holder?.job === this.#message.id) ??
      free[Math.floor(random.fraction() * free.length)]
    );
  }

  /**
   * Its worker may have died before it freed the place, or before the message of a job that waits was deleted.
   * @returns what becomes of the message; undefined if that does not depend on places
   */
  async #withoutStart(item: JobItem, state: DeliveryState): Promise<Disposition | undefined> {
    const roomOfJob = this.#rooms.find(({ room }) => room.id === this.#awaited?.room);
    // Any other copy of it was made from the item, and its claim may come late: it stays. That of a group has never
    // left its queue.
    const isLeft = state.kind === 'stray' || (state.kind === 'notDue' && item.group !== undefined);
    if (isLeft && roomOfJob && isInLine(item)) return this.#inLine(roomOfJob, item);
    if (state.kind !== 'leased') for (const { room } of this.#rooms) await this.#leaveWhatIsLeft(room);
    return undefined;
  }

  /**
   * The item is read after the places: the job may have been claimed, and have taken a place, since it was read before.
   */
  async #leaveWhatIsLeft(room: Room): Promise<void> {
    const { store, workPlaces } = this.#deps;
    const { id } = this.#message;
    const places = await workPlaces.look(room);
    const own = places.filter(({ holder }) => holder?.job === id);
    const item = own.length > 0 ? await store.read(id) : undefined;
    const left = own.filter(({ holder }) => holder && isFinal(holder, item));
    for (const { number, holder } of left) if (holder) await workPlaces.leave(room, number, holder);
    const isAnyFree = left.length > 0 || places.some(({ holder }) => holder === undefined);
    if (isAnyFree) await wakeInLine(room, this.#deps);
  }

  /**
   * Takes the places of a job that has been claimed.
   * @returns the claim; or what becomes of the message, if others have taken the last place meanwhile
   * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError
   */
  async take(claimed: Claimed): Promise<Claimed | NotClaimable> {
    const { lease } = claimed;
    const { id, fencingToken, leaseUntil = 0 } = lease.item;
    const { clock } = this.#deps;
    this.#holder = { job: id, token: fencingToken };
    for (const roomOfJob of this.#rooms) {
      const isTaken = await this.#takeIn(roomOfJob.room, this.#holder, leaseUntil);
      if (!isTaken) return notClaimable(await this.#giveBack(roomOfJob, lease));
    }
    await this.#noteIfLate();
    // Another worker may have the job by now: that one takes the place over.
    return clock.now() < leaseUntil ? claimed : notClaimable();
  }

  /**
   * The check of woken jobs that have not come gives those more time then. Without the note, some are sent on once
   * more.
   */
  async #noteIfLate(): Promise<void> {
    const { workPlaces, clock, log } = this.#deps;
    const now = clock.now();
    const { wokenAt = now, sentAgainAt = wokenAt } = this.#awaited ?? {};
    // If the last pointer is late, the job may have come by the first one: that is lost less often than all are late.
    if (now - sentAgainAt < lateAfterMs) return;
    await workPlaces.noteLate(now - wokenAt, now).catch((error: unknown) => {
      log.warn('not noted that wakes are late', { error: asError(error) });
    });
  }

  async #takeIn(room: Room, holder: Holder, giveUpAt: number): Promise<boolean> {
    const { workPlaces, clock } = this.#deps;
    for (let tries = 1; tries <= maxTries; tries += 1) {
      const place = this.#found.get(room.id) ?? (await this.#look(room));
      this.#found.delete(room.id);
      if (!place) return false;
      const put = () => workPlaces.put(room, place, { ...holder, now: clock.now() });
      if (await untilStored(put, { giveUpAt, clock })) {
        this.#taken.push({ room, place });
        return true;
      }
    }
    return false;
  }

  async #giveBack(roomOfJob: RoomOfJob, lease: Lease): Promise<Disposition> {
    const { store, clock } = this.#deps;
    const item = await store.write(giveBackWrite(lease, this.#awaited, clock.now()));
    // A cancel was requested, or another worker has taken the job over: the worker that has the message then sees to
    // the end.
    if (!item) return returned('it has no place', lease.item.leaseUntil, this.#message);
    await this.leave();
    this.#awaited = placeAwaited(item);
    return this.#standInLine(roomOfJob, item);
  }

  /**
   * Frees the places once the end of the attempt is stored, and wakes one job for each. Twice is harmless: a place is
   * freed by who has it.
   * @throws StoreUnavailableError, QueueUnavailableError
   */
  async leave(): Promise<void> {
    const { workPlaces } = this.#deps;
    const holder = this.#holder;
    if (!holder) return;
    for (const { room, place } of this.#taken.splice(0)) {
      const left = await workPlaces.leave(room, place.number, holder);
      await wakeInLine(room, this.#deps, { known: left?.awaitedBy });
    }
  }

  /** Makes the job wait. It keeps the position that it had. */
  async #standInLine({ room, shownKey }: RoomOfJob, item: JobItem | undefined): Promise<Disposition> {
    const { store, clock, log } = this.#deps;
    const message = this.#message;
    const now = clock.now();
    const awaited = this.#awaited?.room === room.id ? this.#awaited : undefined;
    const since = awaited?.since ?? now;
    const place = { of: shownKey, running: room.running, room: room.id, since };
    const isOfGroup = message.options.group !== undefined;
    const write = awaitPlaceWrite(
      message,
      {
        ...{ item, place, startsBy: lastStart(message, item, now) },
        ...(isOfGroup ? { receiptHandle: this.#arrival.delivery.receiptHandle } : {}),
      },
      now,
    );
    const written = await store.write(write);
    if (!written) return itemChanged(now, message);
    log.info('a job waits for a place', { jobId: message.id, type: message.type, key: shownKey, since });
    return this.#inLine({ room, shownKey }, written);
  }

  /**
   * Looks once more, now that the job is in line: the holder that left a place before that has not woken the job, and
   * nobody else would. The message is deleted last: a crash before that leaves it, and its next receiver looks.
   */
  async #inLine({ room }: RoomOfJob, item: JobItem): Promise<Disposition> {
    const { workPlaces, clock } = this.#deps;
    const { options } = this.#message;
    await workPlaces.noteLine(room, clock.now());
    await this.#lookOnceMore(room, item.id);
    const now = clock.now();
    const waitedMs = now - (placeAwaited(item)?.since ?? now);
    if (options.group !== undefined) {
      const hiddenMs = Math.min(Math.max(waitedMs, minHiddenMs), maxHiddenMs);
      return returned('it waits for a place in its group', now + hiddenMs, this.#message);
    }
    if (Number.isFinite(lastStart(this.#message, item, now))) return leaveQueue(item, this.#deps);
    return deleted('it waits for a place outside of its queue');
  }

  async #lookOnceMore(room: Room, id: string): Promise<void> {
    const { workPlaces, random, clock } = this.#deps;
    for (let tries = 1; tries <= maxTries; tries += 1) {
      const places = await workPlaces.look(room);
      const free = await freePlaces({ places, takenBefore: clock.now() - judgedAfterMs }, this.#deps);
      if (free.length > 0) {
        const isWanted = (inLine: number) => random.fraction() * inLine < shortLine;
        await wakeInLine(room, this.#deps, { known: id, isWanted });
        return;
      }
      // A holder that leaves finds the jobs that have waited for longer. Of the first one the index may not know then.
      const others = (await workPlaces.first(room, 2)).filter((one) => one !== id);
      const place = places[Math.floor(random.fraction() * places.length)];
      if (others.length > 0 || !place || (await workPlaces.awaitLeave(room, place, id))) return;
    }
  }
}

const notClaimable = (held?: Disposition): NotClaimable => ({
  kind: 'notClaimable',
  state: { kind: 'claimable' },
  ...(held ? { held } : {}),
});
