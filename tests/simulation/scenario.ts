import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import { errorGroupsOf } from '../../testkit/fakes/in-memory-error-groups.ts';
import { checkOrder } from './check-order.ts';
import { Client } from './client.ts';
import type { Fault } from './faults.ts';
import { checkNothingIsLeft } from './object-rule.ts';
import { Violation } from './violation.ts';
import { World } from './world.ts';
import type { WorldSettings } from './world-settings.ts';

/** What clients do, and what must hold at the end, whatever goes wrong in between. */
export interface Scenario {
  readonly name: string;
  readonly settings?: WorldSettings;
  /** The faults that its calls may have. Default: all. */
  readonly faults?: readonly Fault[];
  /** Prepares the world before anything happens. */
  readonly arrange?: (world: World) => void;
  readonly act: (client: Client, world: World) => Promise<void>;
  /** Beside the invariants. */
  readonly assert?: (world: World, client: Client) => void;
}

/** Runs a scenario to its end. @throws Violation */
export async function play(scenario: Scenario, settings: WorldSettings = {}): Promise<World> {
  const world = new World({ ...scenario.settings, ...settings });
  scenario.arrange?.(world);
  const client = new Client(world);
  let acted: unknown = 'the client never came to an end';
  scenario.act(client, world).then(
    () => {
      acted = undefined;
    },
    (error: unknown) => {
      acted = error;
    },
  );
  try {
    await world.run();
    if (acted) throw acted;
    checkEnd(world, client);
    scenario.assert?.(world, client);
  } catch (error) {
    throw Object.assign(error instanceof Error ? error : new Error(String(error)), {
      trace: world.trace.lines,
    });
  }
  return world;
}

/** Those that TTL may not have removed. */
const keptItems = ({ table, time }: World): readonly JobItem[] =>
  [...table.items.values()].filter(({ expiresAt = Infinity }) => expiresAt * 1000 > time.now);

function checkAccepted({ table, expired }: World, { accepted, orders }: Client): void {
  for (const [id, fingerprint] of accepted) {
    const item = table.items.get(id);
    if (!item && expired.has(id)) continue;
    if (!item) throw new Violation('an accepted job reaches a terminal state', `${id} is nowhere`);
    if (item.erased) continue;
    if (item.fingerprint !== fingerprint)
      throw new Violation('of racing bodies exactly one runs', `${id} was accepted with another body`);
    const order = orders.get(id);
    if (order) checkOrder(item, order);
  }
}

function checkEnd(world: World, client: Client): void {
  for (const item of world.table.items.values())
    if (!isTerminal(item.status))
      throw new Violation('every job reaches a terminal state', `${item.id} is ${item.status} in the end`);
  checkAccepted(world, client);
  const { queue, single, orderedQueues, earlier, waiting, deadLetters, notifying, slowNotifying } = world;
  const others = [earlier, waiting, deadLetters, notifying, slowNotifying];
  const left = [queue, single, ...orderedQueues, ...others].reduce((sum, { length }) => sum + length, 0);
  if (left > 0)
    throw new Violation('the queues are empty when all jobs are terminal', `${left} messages are left`);
  const { plan, chaos } = world.settings;
  world.notifyRule.onEnd();
  world.signalRule.onEnd();
  world.childRule.onEnd();
  world.submitRule.onEnd();
  world.debounceRule.onEnd();
  world.errorGroupRule.onEnd(keptItems(world), errorGroupsOf(world.records.items));
  world.elsewhere.onEnd(world.table.items);
  if (plan || chaos) return;
  world.errorGroupRule.expectAll();
  world.runningRule.expectAll();
  world.tenantLimitRule.expectOnce();
  checkNothingIsLeft(world.bucket.objects, world.table.items);
}

/** How all jobs ended, to compare two runs. */
export const outcomes = (world: World): readonly string[] =>
  [...world.table.items.values()]
    .map(({ type, status, attempt, run, result }) => JSON.stringify({ type, status, attempt, run, result }))
    .sort();

export function expectStatus(world: World, ...statuses: readonly string[]): void {
  for (const { id, status } of world.table.items.values())
    if (!statuses.includes(status))
      throw new Violation('jobs end as they should', `${id} is ${status}, not ${statuses.join(' or ')}`);
}
