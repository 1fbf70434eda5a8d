import { $ZodError } from 'zod/v4/core';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { TransitionName } from '../../shared/domain/state/job/transitions.ts';
import type { JobStore } from '../../shared/domain/state/ports.ts';
import { objectOfText } from '../../shared/domain/state/stored/stored-text.ts';
import type { JobWrite } from '../../shared/domain/state/writes/job-write.ts';
import type { Instance } from './instance.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** The table as one instance sees it: every call can fail, and every write is checked against the invariants. */
export function storePort(world: World, instance: Instance): JobStore {
  const { table, invariants, made } = world;
  /** The run of each job that the instance read last. */
  const runsSeen = new Map<string, number>();
  return {
    read: async (id) => {
      await world.interpose?.(instance.role, 'read', id);
      const item = await instance.call('table', 'read', () => table.read(id));
      if (item) runsSeen.set(id, item.run);
      return item;
    },
    write: async (write) => {
      const madeAfter = invariants.handlers.knownOf(write.id);
      await world.interpose?.(instance.role, write.transition, write.id);
      return instance.call('table', write.transition, async () => {
        const before = table.items.get(write.id);
        const after = await table
          .write(world.mutant.write?.(write, before) ?? write)
          .catch(notWhole(world, write));
        world.say(`${instance.name}:    ${write.transition} ${after ? `-> ${summaryOf(after)}` : 'refused'}`);
        if (after) {
          if (after.lookAt !== undefined) world.net.onWaiting(after.lookAt);
          made.set(instance.name, [...(made.get(instance.name) ?? []), write.transition]);
          const written = withText(write, world.bucket.objects);
          const { now } = world.time;
          const effect = { instance: instance.name, write: written, before, after, now, madeAfter };
          world.guard(() => {
            if (ofWhatWasSeen.includes(write.transition) && before?.run !== runsSeen.get(write.id))
              throw new Violation(
                'a cancel ends, and an erasure erases, only the run that its caller saw',
                write.id,
              );
            invariants.onWrite(effect, table.items);
            world.objectRule.onWrite(effect, world.bucket.objects);
            world.reportRule.onWrite(effect);
            world.stepRule.onWrite(effect, world.bucket.objects);
            world.stepOutputRule.onWrite(effect);
            world.signalRule.onWrite(effect);
            world.childRule.onWrite(effect);
            world.childEndsRule.onWrite(effect);
            world.soonRule.onWrite(effect);
            world.groupParentRule.onWrite(effect);
            world.notifyRule.onWrite(effect);
            world.webhookLimitRule.onWrite(effect);
            world.meterRule.onWrite(effect);
            world.errorGroupRule.onWrite(effect);
            world.elsewhere.onWrite(effect);
            world.stuckRule.onWrite(effect);
            world.pauseRule.onWrite(effect);
            world.countRule.onWrite(effect);
            world.runningRule.onWrite(effect);
            world.workPlaceRule.onWrite(effect);
            world.workPlaces.onWrite(effect);
            world.index.onWrite(effect);
            world.debounceRule.onWrite(effect);
          });
        } else invariants.onRefusedWrite(instance.name, write);
        return after;
      });
    },
  };
}

/** The rules compare what a job has saved with what it goes on from, wherever it was in between. */
function withText(write: JobWrite, objects: ReadonlyMap<string, Uint8Array>): JobWrite {
  const name = objectOfText(write.set.checkpoint);
  if (name === undefined) return write;
  const checkpoint = Buffer.from(objects.get(name) ?? []).toString('utf8');
  return { ...write, set: { ...write.set, checkpoint } };
}

const ofWhatWasSeen: readonly TransitionName[] = ['cancel', 'requestCancel', 'erase'];

/** DynamoDB would store it, and nobody could read it. */
const notWhole =
  (world: World, { transition }: JobWrite) =>
  (error: unknown): never => {
    if (error instanceof $ZodError)
      world.guard(() => {
        throw new Violation('every stored item can be read', `${transition}: ${error.message}`);
      });
    throw error;
  };

const summaryOf = ({ status, run, attempt, fencingToken }: JobItem) =>
  `${status} (run ${run}, attempt ${attempt}, fencing token ${fencingToken})`;
