import type { SetLimits } from '../../domain/access/limits.ts';
import type { AccessStore, JobCounts, Rates } from '../../domain/access/ports.ts';
import type { Clock, Log } from '../../domain/base/ports.ts';
import type { Pauses } from '../../domain/state/limits/pauses.ts';
import { GroupDoor } from '../doors/group-door.ts';
import { limitsOfStage } from '../doors/limits-of-stage.ts';
import { PauseDoor } from '../doors/pause-door.ts';
import { ShareDoor } from '../doors/share-door.ts';
import { JobsDoor } from './jobs-door.ts';

interface StageOfDoors {
  readonly LIMITS: SetLimits;
  readonly ORDERED_QUEUES: number;
}

interface Given {
  readonly accessStore: AccessStore;
  readonly rates: Rates;
  readonly jobCounts: JobCounts;
  readonly pauses: Pick<Pauses, 'read'>;
  /** About how many messages an ordered queue has, by its number. */
  readonly countOrdered: (queue: number) => Promise<number>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The limits of tenants, and the doors that submissions pass. */
export function doorsOfStage(env: StageOfDoors, given: Given) {
  const { accessStore, rates, jobCounts, pauses, countOrdered, clock, log } = given;
  const { suspensions, limiting, door } = limitsOfStage(env, { store: accessStore, rates, clock, log });
  return {
    suspensions,
    limiting,
    /** Of requests, uploads and lists. */
    door,
    /** Of what writes: submissions, uploads and answers. */
    shareDoor: new ShareDoor({ ...limiting, rates, log }),
    jobsDoor: new JobsDoor({ ...limiting, door, counts: jobCounts }),
    pauseDoor: new PauseDoor({ pauses, clock, log }),
    groupDoor: new GroupDoor({ queues: env.ORDERED_QUEUES, count: countOrdered, rates, clock, log }),
  };
}
