import { startOfTime } from '../../testkit/play/virtual-time.ts';
import { noFaults } from './faults.ts';
import { Instance } from './instance.ts';
import { maxSkewMs, outageMs } from './limits.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

interface Kind {
  readonly role: string;
  readonly number: number;
  readonly isServer: boolean;
}

/** A bucket that was slow for ever would put its jobs off for a week. */
const slowForMs = 3600_000;

/** A process of the simulated system, with the faults that are planned for its calls. */
export function newInstance(world: World, { role, number, isServer }: Kind): Instance {
  const { settings, random, invariants, time, table, outages, figures } = world;
  const { plan = noFaults, chaos, slowBucketMs } = settings;
  const instance: Instance = new Instance(role, number, time, {
    plan: (call) => {
      const fault = plan(call);
      if (fault) world.meterRule.onTrouble();
      if (fault) world.soonRule.onLoss();
      return fault;
    },
    crashed: () => invariants.takeOver.onCrash({ name: instance.name, isServer }, time.now, table.items),
    died: () => {
      world.soonRule.onLoss();
      world.meterRule.onTrouble();
      invariants.company.onDeath(instance, table.items);
    },
    number: (what) => {
      world.onCall?.(instance, what);
      return world.calls.push(what);
    },
    trace: (line) => world.say(line),
    stopServer: () => world.servers?.stop(instance),
    calledAfterExit: (what) =>
      world.guard(() => {
        throw new Violation('nothing of a server runs after its exit', `${instance.name}: ${what}`);
      }),
    beginOutage: (port) => outages.set(port, time.now + outageMs),
    onCall: (port) => {
      // A process that has died does not do what follows a call that takes effect only now.
      if (instance.isDead) world.soonRule.onLoss();
      world.soonRule.onCall();
      if (port === 'table') world.forgetting.onCall();
    },
    isOut: (port) => (outages.get(port) ?? 0) > time.now,
    heartbeatMs: figures.heartbeatMs,
    slowMs: figures.leaseMs + 6_000,
    latencyMs: (port) =>
      (chaos ? 1 + random.below(random.chance(0.05) ? 4_000 : 40) : 1) +
      (port === 'bucket' && slowBucketMs && time.now < startOfTime + slowForMs
        ? random.below(slowBucketMs)
        : 0),
    skewMs: skewOf(world, isServer),
  });
  return instance;
}

/** A server whose clock is off by more than seconds takes no job: another setting makes it so for a while. */
function skewOf({ settings: { chaos, clocksDifferMs, hasIlls }, random }: World, isServer: boolean): number {
  const maxMs = (!isServer && clocksDifferMs) || (chaos ? maxSkewMs : 0);
  const skewMs = maxMs > 0 ? random.below(maxMs) - maxMs / 2 : 0;
  return isServer && hasIlls ? Math.round(skewMs / 4) : skewMs;
}
