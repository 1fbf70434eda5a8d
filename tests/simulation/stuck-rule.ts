import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { Effect } from './effect.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** Knows what no function can ask: whether a message, or a schedule, still leads to a job. */
export class StuckRule {
  readonly #world: World;
  /** The jobs that were taken for stuck, and how often their messages were sent again. */
  readonly sentAgain = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  onWrite({ write: { transition }, before }: Effect): void {
    if (transition === 'failLost' && before) this.#requireLost(before);
  }

  /** After a crash the message is sent once more: that is harmless. */
  onSentAgain(id: string): void {
    const { table, settings } = this.#world;
    const item = table.items.get(id);
    if (item && !settings.plan && !settings.chaos) this.#requireLost(item);
    this.sentAgain.set(id, (this.sentAgain.get(id) ?? 0) + 1);
  }

  #requireLost({ id, run }: JobItem): void {
    const { queue, single, ordered, earlier, waiting, deadLetters, scheduler } = this.#world;
    const isOf = (body: string) =>
      body.includes(`"id":"${id}"`) && body.includes(`"run":${run}`) && !body.includes('"pointer"');
    for (const { name, bodies } of [queue, single, ordered, earlier, waiting, deadLetters])
      if (bodies.some(isOf))
        throw new Violation('only a job that nothing leads to is stuck', `${name} has the message of ${id}`);
    if (scheduler.names.some((name) => name.startsWith(id)))
      throw new Violation('only a job that nothing leads to is stuck', `a schedule brings ${id} back`);
  }
}
