import type { BreakerWrite } from '../../shared/domain/notify/breaker.ts';
import { endpointIdOf, type ParkedNotification } from '../../shared/domain/notify/endpoint.ts';
import type { NotificationMessage } from '../../shared/domain/notify/notification.ts';
import { startOfTime } from '../../testkit/play/virtual-time.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** So long after an endpoint that was quick has been asked and is slow, each process knows that: one answer, and for how long a process does not look again. */
const learntMs = 30_000;

/** What waits for an endpoint has one message between all, and no schedule. */
export class EndpointRule {
  readonly #world: World;
  /** When each address was asked for the first time after it had become slow. */
  readonly #slowAskedAt = new Map<string, number>();
  /** Which message has made each try. */
  readonly #holders = new Map<string, string>();

  constructor(world: World) {
    this.#world = world;
  }

  get #isDisturbed(): boolean {
    const { plan, chaos = false } = this.#world.settings;
    return plan !== undefined || chaos;
  }

  /** A breaker is written. */
  onWrite({ endpoint, breaker: { pass, holder } }: BreakerWrite): void {
    if (holder === undefined) return;
    const key = `${endpointIdOf(endpoint)} ${pass}`;
    const known = this.#holders.get(key) ?? holder;
    if (known !== holder && !this.#isDisturbed)
      throw new Violation('an endpoint is tried by one message at a time', key);
    this.#holders.set(key, holder);
  }

  /** A notification is sent from the common queue. For others an invocation is needed, which a slow answer would hold. */
  onCommonAttempt({ target }: NotificationMessage): void {
    const { targets, time } = this.#world;
    const address = 'url' in target ? target.url : '';
    const since = targets.slowSince(address, time.now);
    if (since === undefined || this.#isDisturbed) return;
    const askedAt = this.#slowAskedAt.get(address) ?? time.now;
    this.#slowAskedAt.set(address, askedAt);
    if (since <= startOfTime || time.now >= askedAt + learntMs)
      throw new Violation('slow receivers hold up no notification of others', JSON.stringify(target));
  }

  onParked({ message: { jobId } }: ParkedNotification): void {
    if (!this.#isDisturbed && this.#world.scheduler.names.some((name) => name.startsWith(jobId)))
      throw new Violation('what is parked has no schedule', jobId);
  }

  /** A schedule of its own is what each notification had to a receiver that takes nothing. */
  expectNoSchedule(): void {
    if (this.#world.calls.includes('create a schedule'))
      throw new Violation('what an endpoint rejects has no schedule', 'there was one');
  }

  /** Undisturbed, nothing is left parked. */
  expectNothingParked(): void {
    for (const parked of this.#world.endpoints.parked.values())
      for (const id of parked.keys()) throw new Violation('undisturbed, nothing is left parked', id);
  }
}
