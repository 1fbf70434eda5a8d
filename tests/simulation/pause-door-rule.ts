import { pauseQueueOf } from '../../shared/author/contract.ts';
import type { JobMessage } from '../../shared/domain/state/job/message.ts';
import { type PausesByName, refusingPauseOf } from '../../shared/domain/state/limits/pause.ts';
import type { Answer } from './client.ts';
import type { Instance } from './instance.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** For the calls between the question whether something is paused and the send, if nothing disturbs them. */
const submitMs = 1_000;

/**
 * Nobody accepts what a pause refuses: not a process that has read that, nor, undisturbed, anybody from a second after the pause on. Who is
 * refused has no job by that, and who repeats what was accepted is never refused.
 */
export class PauseDoorRule {
  readonly #world: World;
  /** What each submission has read, by the name of its instance. */
  readonly #known = new Map<string, PausesByName>();
  /** The instances that have sent a message. */
  readonly #sent = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  onRead({ role, name }: Instance, pauses: PausesByName): void {
    if (role === 'submit') this.#known.set(name, pauses);
  }

  /** A submission has sent the message of a job. */
  onSent({ name }: Instance, { type, tenant, options: { group } }: JobMessage): void {
    const { contracts, pauses, time } = this.#world;
    this.#sent.add(name);
    const job = { type, tenant, queue: pauseQueueOf(contracts, { type, group }) };
    const isRefused = (all: PausesByName) => refusingPauseOf(job, all, time.now) !== undefined;
    const known = this.#known.get(name) ?? new Map();
    // It may be resumed since it was read.
    if (isRefused(pauses) && (isRefused(known) || isRefused(this.#whatAllKnow())))
      throw new Violation('nothing is accepted that a pause refuses', `${name} has sent a job of ${type}`);
  }

  /** A process that cannot read the pauses lets in what is held then. */
  #whatAllKnow(): PausesByName {
    const { pauses, settings, time } = this.#world;
    if (settings.plan || settings.chaos) return new Map();
    return new Map([...pauses].filter(([, { at }]) => at + submitMs < time.now));
  }

  onRefused({ name }: Instance): void {
    if (this.#sent.has(name)) throw new Violation('who is refused has no job', name);
  }

  /** @param wasAccepted whether the item of the job was there when it was submitted */
  onAnswer({ status, isPaused = false }: Answer, wasAccepted: boolean): void {
    if (wasAccepted && isPaused)
      throw new Violation('whoever repeats an accepted submission is not refused', String(status));
  }
}
