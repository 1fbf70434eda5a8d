import { lookForStuck } from '../../shared/admission/look-for-stuck.ts';
import type { Records } from '../../shared/domain/base/records.ts';
import type { OpenJobs } from '../../shared/domain/state/ports.ts';
import { type PassState, passStateIn } from '../../shared/domain/state/waits/pass-state.ts';
import { inMemoryOpenJobs } from '../../testkit/fakes/in-memory-open-jobs.ts';
import { depsOf } from './dependencies.ts';
import type { Instance } from './instance.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const everyMs = 5 * 60_000;
/** An outage lasts for minutes, and a call may crash. */
const maxCalls = 24;
/** So few that a pass has some pages. */
const pageSize = 2;

/** The function `overdue` is called every five minutes, until it has looked for stuck jobs in the whole table. */
export async function lookThroughAll(world: World): Promise<void> {
  const begunAt = world.time.now;
  for (let calls = 0; calls < maxCalls; calls += 1) {
    await callOnce(world);
    const { startedAt, next } = await passStateIn(world.records).read();
    if (startedAt >= begunAt && next === undefined) return;
    await world.time.pause(everyMs);
  }
  world.guard(() => {
    throw new Violation('a pass comes to its end', `not within ${maxCalls} calls`);
  });
}

/** Each call has time for one page. */
async function callOnce(world: World): Promise<void> {
  const instance = world.instance('overdue');
  world.say(`${instance.name}: looks for stuck jobs`);
  const callOff = world.time.after(world.figures.functionTimeoutMs, () => instance.kill('deadline'));
  const deps = depsOf(world, instance, world.waiting);
  await Promise.race([
    lookForStuck(world.time.now, deps).catch((error: unknown) => world.say(`${instance.name}: ${error}`)),
    instance.death,
  ]);
  callOff();
  world.suspend(instance);
}

/** The table, and how far a pass has come, as one instance sees them. */
export const passPorts = (
  { table }: World,
  instance: Instance,
  records: Records,
): { readonly open: OpenJobs; readonly pass: PassState } => {
  const open = inMemoryOpenJobs(table.items, pageSize);
  return {
    open: { page: (query) => instance.call('table', 'look at a page', () => open.page(query)) },
    pass: passStateIn(records),
  };
};
