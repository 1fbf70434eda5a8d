import { runQueueOf } from '../../shared/author/contract.ts';
import { isActive } from '../../shared/domain/state/limits/pause.ts';
import { maxPausesAgeMs } from '../../shared/domain/state/limits/recent-pauses.ts';
import { boundsOf } from './bounds.ts';
import type { Effect } from './effect.ts';
import { slowCallsMs } from './limits.ts';
import { claims } from './transition-kinds.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** How often `overdue` is called. */
const overdueMs = 5 * 60_000;
/** For the calls between the look at the pauses and the claim, if nothing disturbs them. */
const claimMs = 1_000;

/** Checks that nothing starts that is paused, and that a pause uses no attempt. */
export class PauseRule {
  readonly #world: World;
  /** When each pause was stored last. */
  readonly #storedAt = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** When the last pause ended. */
  endedAt = 0;

  onEnded(now: number): void {
    this.endedAt = now;
  }

  onPut(name: string, now: number): void {
    this.#storedAt.set(name, now);
  }

  /** Whose tenant is suspended since when. */
  readonly #suspendedAt = new Map<string, number>();

  onSuspended(tenant: string, now: number): void {
    this.#suspendedAt.set(tenant, now);
  }

  /** The process that has changed the list may die before it is copied, and so may `overdue`. */
  #checkSuspended({ tenant, id }: Effect['after'], now: number): void {
    const { suspended, settings } = this.#world;
    const copiedAfterMs = overdueMs * (settings.plan || settings.chaos ? 3 : 1) + this.#maxLateMs();
    const lateMs = now - (this.#suspendedAt.get(tenant) ?? now);
    if (suspended.has(tenant) && lateMs > copiedAfterMs)
      throw new Violation('nothing starts of a suspended tenant', `${id} starts ${lateMs} ms after that`);
  }

  onWrite({ write: { transition }, before, after, now }: Effect): void {
    if (transition === 'awaitHandler') {
      const uncounted = before?.inCompany ? 1 : 0;
      if (after.attempt !== (before?.attempt ?? 0) - uncounted)
        throw new Violation('a pause uses no attempt', `${after.id} has attempt ${after.attempt}`);
    }
    if (!claims.includes(transition)) return;
    this.#checkSuspended(after, now);
    for (const [name, one] of this.#world.pauses) {
      const lateMs = now - (this.#storedAt.get(name) ?? now);
      // By a clock that is ahead a pause is over earlier.
      const isPaused = isActive(one, now) && isActive(one, now + this.#maxSkewMs());
      if (holds(name, after, this.#world) && isPaused && lateMs > this.#maxLateMs())
        throw new Violation(
          'nothing starts that is paused',
          `${after.id} starts ${lateMs} ms after the pause of ${name}`,
        );
    }
  }

  #maxSkewMs(): number {
    const { settings, figures } = this.#world;
    return settings.chaos || settings.clocksDifferMs ? boundsOf(settings, figures).maxSkewMs : 0;
  }

  /** A process that stands still, or whose request is late, may claim what it has found before that. */
  #maxLateMs(): number {
    const { figures, settings, forces } = this.#world;
    const undisturbed = maxPausesAgeMs + claimMs;
    const disturbed = 2 * figures.leaseMs + forces.standStillMs + (settings.chaos ? slowCallsMs : 0);
    return settings.plan || settings.chaos ? undisturbed + disturbed : undisturbed;
  }
}

function holds(name: string, { type, tenant, group }: Effect['after'], { contracts }: World): boolean {
  const queue = group === undefined ? runQueueOf(contracts, type) : 'ordered';
  return ['stage', `type:${type}`, `tenant:${tenant}`, `suspended:${tenant}`, `queue:${queue}`].includes(
    name,
  );
}
