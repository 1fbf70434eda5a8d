import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { never } from '../../shared/domain/base/never.ts';
import type { Clock } from '../../shared/domain/base/ports.ts';
import type { JobQueue, MessageKeepingStore } from '../../shared/domain/state/ports.ts';
import type { VirtualTime } from './virtual-time.ts';

/** When a worker goes on that was frozen, its heartbeat notices within this time that the lease is lost. */
export const untilNoticedMs = 1_000;

/** One process of a worker. It can die, and it can stand still. */
export class WorkerProcess {
  readonly name: string;
  readonly #time: VirtualTime;
  #isDead = false;
  #frozenUntil = 0;
  /** Writes are made, and their answers do not arrive. */
  losesAnswers = false;
  /** It dies when it has sent the first of some children. */
  crashesWhileSending = false;
  /** Resolved when it dies. */
  readonly death: Promise<void>;
  #die: () => void = () => {};

  constructor(name: string, time: VirtualTime) {
    this.name = name;
    this.#time = time;
    this.death = new Promise((resolve) => {
      this.#die = resolve;
    });
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  get isFrozen(): boolean {
    return this.#frozenUntil > this.#time.now;
  }

  /** Whether its handler stands still: it is frozen, or goes on, and nobody has noticed yet that the lease is lost. */
  get isStandingStill(): boolean {
    return this.#frozenUntil + untilNoticedMs > this.#time.now;
  }

  /** What runs in it stays where it is, for ever. */
  die(): void {
    this.#isDead = true;
    this.#die();
  }

  freeze(milliseconds: number): void {
    this.#frozenUntil = this.#time.now + milliseconds;
  }

  /** Resolves when the process goes on: at once, after a freeze, or never. */
  async alive(): Promise<void> {
    while (!this.#isDead && this.isFrozen) await this.#time.pause(this.#frozenUntil - this.#time.now);
    if (this.#isDead) await never();
  }

  get clock(): Clock {
    return {
      now: () => this.#time.now,
      sleep: async (milliseconds, signal) => {
        if (signal?.aborted) return;
        await this.#time.sleep(milliseconds, signal);
        await this.alive();
      },
    };
  }

  /** The table and the queue as this process sees them. */
  portsOf(
    store: MessageKeepingStore,
    queue: JobQueue,
  ): { readonly store: MessageKeepingStore; readonly queue: JobQueue } {
    return {
      store: {
        keepsMessages: true,
        read: (id) => this.call(() => store.read(id)),
        write: async (write) => {
          const item = await this.call(() => store.write(write));
          if (!this.losesAnswers) return item;
          throw new StoreUnavailableError('the answer was lost');
        },
      },
      queue: {
        isOrdered: queue.isOrdered,
        send: (message, delay) => this.call(() => queue.send(message, delay)),
        changeVisibility: (delivery, seconds) => this.call(() => queue.changeVisibility(delivery, seconds)),
        quarantine: (delivery, reason) => this.call(() => queue.quarantine(delivery, reason)),
      },
    };
  }

  /** Makes a call, unless the process dies before or meanwhile. */
  async call<T>(effect: () => Promise<T>): Promise<T> {
    await this.alive();
    const result = await effect();
    await this.alive();
    return result;
  }
}
