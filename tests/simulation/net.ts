import { holdSuspended } from '../../shared/admission/hold-suspended.ts';
import { wakeLines } from '../../shared/admission/wake-lines.ts';
import { wakeOverdue } from '../../shared/admission/wake-overdue.ts';
import { wakePaused } from '../../shared/admission/wake-paused.ts';
import type { Breaker } from '../../shared/domain/notify/breaker.ts';
import type { DueList } from '../../shared/domain/state/job/due-list.ts';
import type { Pause } from '../../shared/domain/state/limits/pause.ts';
import { findLostTries } from '../../shared/notify/find-lost-tries.ts';
import { InMemoryDueList } from '../../testkit/fakes/in-memory-due-list.ts';
import { depsOf } from './dependencies.ts';
import type { Instance } from './instance.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const everyMs = 5 * 60_000;

/** The rule that calls the function `overdue` every five minutes. Calls that would find nothing are left out. */
export class Net {
  readonly #world: World;
  #nextAt = Number.POSITIVE_INFINITY;
  #callOff = () => {};
  /** The time at which each job was to be looked at when somebody did. */
  readonly #looked = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** A job waits, and is to be looked at. */
  onWaiting(lookAt: number): void {
    const { time, settings } = this.#world;
    if (!settings.net) return;
    const calledAt =
      Math.max(Math.ceil((lookAt - everyMs) / everyMs), Math.floor(time.now / everyMs) + 1) * everyMs;
    if (calledAt >= this.#nextAt) return;
    this.#callOff();
    this.#nextAt = calledAt;
    this.#callOff = time.after(calledAt - time.now, () => void this.#call());
  }

  /** Somebody looks at a job. Undisturbed, that is stored, and nobody looks again at the same time. */
  onLook(id: string): void {
    const { settings, table, time } = this.#world;
    const lookAt = table.items.get(id)?.lookAt;
    // The net also wakes jobs in line: their first look is later.
    if (lookAt !== undefined && lookAt > time.now + everyMs) return;
    if (lookAt !== undefined && this.#looked.get(id) === lookAt && !settings.plan && !settings.chaos)
      throw new Violation('each look is stored', id);
    if (lookAt !== undefined) this.#looked.set(id, lookAt);
  }

  async #call(): Promise<void> {
    const world = this.#world;
    this.#nextAt = Number.POSITIVE_INFINITY;
    const instance = world.instance('overdue');
    world.say(`${instance.name}: looks at what waits`);
    const callOff = world.time.after(world.figures.functionTimeoutMs, () => instance.kill('deadline'));
    const deadline = world.time.now + world.figures.functionTimeoutMs / 2;
    const deps = depsOf(world, instance, world.waiting);
    await Promise.race([
      Promise.allSettled(
        [
          wakeOverdue(deadline, deps),
          findLostTries(deadline, deps),
          ...(world.settings.suspends ? [holdSuspended(deps)] : []),
          ...(world.settings.pauses ? [wakePaused(deadline, deps)] : []),
          ...(world.workPlaces.isUsed ? [wakeLines(deadline, deps)] : []),
        ].map((looking) => looking.catch((error: unknown) => world.say(`${instance.name}: ${error}`))),
      ),
      instance.death,
    ]);
    callOff();
    world.suspend(instance);
    const [next] = new InMemoryDueList(world.table.items).entries();
    if (next) this.onWaiting(next.lookAt);
    for (const one of world.pauses.values()) this.onPause(one);
    for (const one of world.endpoints.breakers.values()) this.onBreaker(one);
  }

  /** The message that tries an endpoint counts as lost then: a call after that sends it again. */
  onBreaker({ state, lookAt = 0 }: Breaker): void {
    if (state !== 'closed') this.onWaiting(lookAt + everyMs);
  }

  /** The list of suspended tenants has changed: the next call has to see that. */
  onSuspended(): void {
    this.onWaiting(this.#world.time.now + everyMs);
  }

  /** A call after the end of a pause sends on what it has held, and forgets it some calls later. */
  onPause({ resumedAt, until }: Pause): void {
    const endsAt = Math.min(resumedAt ?? Infinity, until ?? Infinity);
    if (Number.isFinite(endsAt)) this.onWaiting(endsAt + everyMs);
  }
}

/** The index as one instance sees it. Nobody waits for what has no entry. */
export const duePort = ({ index }: World, instance: Instance): DueList => {
  const due = new InMemoryDueList(index.items);
  return {
    find: async (query) =>
      (await due.find(query)).length === 0
        ? []
        : instance.call('table', 'find what is due', () => due.find(query)),
    page: async (query) => {
      const page = await due.page(query);
      return page.entries.length === 0
        ? page
        : instance.call('table', 'find what is paused', () => due.page(query));
    },
  };
};
