import type { RunningCharges } from '../../shared/domain/access/ports.ts';
import type { Mutant, Ports } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** Half an hour for each second. */
const settings = { runningSecondsPerHour: 2 };
const halfAnHourMs = 1_800_000;
/** So long that a part of it is charged before its end. */
const seconds = 13;

/** A slice that is short, a wait, and one that is long. */
const inTwoSlices: World['handlers']['counting'] = async (payload, job) => {
  if (payload.seconds > 0 && !job.resume) {
    await job.pause(1);
    await job.sleep(2, { passed: 1 });
  }
  await job.pause(payload.seconds);
  return { seconds: payload.seconds };
};

/** Then another submission waits for its time, a replay does not, and both are let in. */
const runs: Scenario = {
  name: 'a job of a tenant with a limit runs for longer than the tenant has time',
  settings,
  arrange: (world) => {
    world.handlers = { ...world.handlers, counting: inTwoSlices };
  },
  act: async (client, world) => {
    const first = { key: 'first', payload: { seconds } };
    const { job } = await client.insist(first);
    if (job) await client.until(job.id, 'succeeded');
    // The charge follows the end.
    await client.pause(5_000);
    const next = { key: 'next', payload: { seconds: 0 } };
    let { status } = await client.insist(next);
    if (!world.settings.plan && status !== 429)
      throw new Violation('a tenant that has used up its time waits', String(status));
    await client.insist(first);
    while (status === 429) {
      await client.pause(halfAnHourMs);
      ({ status } = await client.insist(next));
    }
  },
  assert: (world) => {
    const { size } = world.table.items;
    if (size !== 2) throw new Violation('a key is one job', `${size} jobs of 2 keys`);
    expectStatus(world, 'succeeded');
  },
};

export const runningScenarios: readonly Scenario[] = [runs];

const charging = (
  name: string,
  running: (usual: RunningCharges, world: World) => RunningCharges['charge'],
): Mutant => ({
  name,
  shownBy: runs.name,
  running: (usual, world) => ({ charge: running(usual, world) }),
});

/** Changes how submissions read for how long jobs have run. */
const looking = (name: string, read: (reading: Promise<number>) => Promise<number>): Mutant => ({
  name,
  shownBy: runs.name,
  ports: (ports: Ports, role: string): Ports =>
    role === 'submit'
      ? { ...ports, rates: { ...ports.rates, read: (of) => read(ports.rates.read(of)) } }
      : ports,
});

export const runningMutants: readonly Mutant[] = [
  charging('a slice is charged twice', ({ charge }) => async (slice, running) => {
    await charge(slice, running);
    await charge(slice, running);
  }),
  charging('each charge of a slice is for all that it ran', ({ charge }, { table, time }) => (slice) => {
    const { updatedAt = 0, history = [] } = table.items.get(slice.id) ?? {};
    return charge(slice, (time.now - (history.at(0)?.at ?? updatedAt)) / 1000);
  }),
  charging('only the slice that ends a job is charged', ({ charge }, { table }) => async (slice, running) => {
    if (table.items.get(slice.id)?.finishedAt !== undefined) await charge(slice, running);
  }),
  charging('a slice is charged a second after its end', ({ charge }, { time }) => async (slice, running) => {
    time.after(1_000, () => void charge(slice, running));
  }),
  looking('a job comes in although the time of its tenant is used up', (reading) => reading.then(() => 0)),
  looking('a job comes in if nobody can read for how long jobs have run', (reading) =>
    reading.catch(() => 0),
  ),
];
