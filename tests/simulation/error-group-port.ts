import type { Failure } from '../../shared/domain/state/failures/failure.ts';
import type { ErrorGroups } from '../../shared/domain/state/ports.ts';
import type { Instance } from './instance.ts';
import type { World } from './world.ts';

/** The groups of errors as one instance sees them. */
export function errorGroupPort(world: World, instance: Instance): ErrorGroups {
  const { errorGroups, errorGroupRule } = world;
  const call = (what: keyof ErrorGroups, failure: Failure) =>
    instance.call('table', what, async () => {
      const isWritten = await errorGroups[what](failure);
      world.say(`${instance.name}:    ${what} ${isWritten ? '->' : 'refused'} ${failure.jobId}`);
      const group = errorGroups.groups.get(failure.groupId);
      if (isWritten && group) world.guard(() => errorGroupRule.onAdded(failure.jobId, group));
      return isWritten;
    });
  return {
    add: (failure) => call('add', failure),
    addToFull: (failure) => call('addToFull', failure),
  };
}
