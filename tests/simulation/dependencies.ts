import type { Log } from '../../shared/domain/base/ports.ts';
import { keepMessagesInObjects } from '../../shared/domain/state/stored-copies.ts';
import type { Instance } from './instance.ts';
import { retentionMs } from './limits.ts';
import type { SimulatedQueue } from './simulated-queue.ts';
import type { World } from './world.ts';

export const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Remembers why each message is deleted or returned. */
function rememberingWhys({ whys }: Instance): Log {
  const remember: Log['info'] = (_text, { messageId, why } = {}) => {
    if (typeof messageId === 'string' && typeof why === 'string') whys.set(messageId, why);
  };
  return { ...quiet, debug: remember, info: remember };
}

/** What every function that processes a queue has. */
export function depsOf(world: World, instance: Instance, own: SimulatedQueue) {
  const { store, ...ports } = world.portsOf(instance, own);
  const meter = world.meterRule.meters.on('standard');
  const keeping = {
    ...ports,
    clock: instance.clock,
    random: world.random,
    log: rememberingWhys(instance),
    meter: world.mutant.meter?.(meter) ?? meter,
    meters: world.meterRule.meters,
  };
  return { ...keeping, store: keepMessagesInObjects(store, keeping), retentionMs };
}

/** What a worker has beside its handlers. */
export const workerDepsOf = (world: World, instance: Instance, own: SimulatedQueue) => ({
  ...depsOf(world, instance, own),
  ...world.figures,
  changeVisibilityBeforeClaim: own.isOrdered || world.figures.changeVisibilityBeforeClaim,
  contracts: world.contractsFor(instance.role),
});
