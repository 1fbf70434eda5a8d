import {
  admittedBy,
  batchOf,
  invocationSeconds,
  keysOfTenant,
  submitSeconds,
  unitsOf,
  waitsOfDue,
} from './design.ts';
import { figureOf } from './limits.ts';
import type { DayLoad, ScaledStage, Scene } from './stage-load.ts';

/** How many jobs a second something takes. */
export interface Ceiling {
  readonly of: string;
  /** Who shares it. */
  readonly scope: 'stage' | 'account' | 'tenant' | 'group' | 'key';
  /** Which jobs it holds for. */
  readonly jobs: string;
  readonly perSecond: number;
  /** What raises it, or why nothing does. */
  readonly change: string;
}

/** What a stage takes at most, if its account is asked to raise Lambda's quota alone. */
export const widest: ScaledStage = {
  throttleRate: figureOf('requests'),
  throttleBurst: figureOf('requestBurst'),
  maximumConcurrency: figureOf('mappingMaximum'),
  admissionConcurrency: figureOf('mappingMaximum'),
  orderedQueues: 8,
  listShards: 64,
  warmTable: figureOf('tableWrites'),
  warmList: figureOf('tableWrites'),
  warmDue: figureOf('tableWrites'),
};

type Short = Pick<Ceiling, 'of' | 'scope' | 'jobs' | 'change'>;
const all = 'all';

/** The ceilings of jobs of this duration, the lowest one first, each by itself: nothing else is in the way. */
export function ceilingsOf(scene: Scene): readonly Ceiling[] {
  const rows = [
    ...atTheDoor(scene),
    ...atTheTable(scene),
    ...ofTenants(scene),
    ...atWork(scene),
    ...ofWaits(scene),
  ];
  return rows.map(([short, perSecond]) => ({ ...short, perSecond }));
}

type Rows = readonly (readonly [Short, number])[];

function atTheDoor({ load, stage, account }: Scene): Rows {
  const { perRequest } = load;
  const standard = { ...load, queue: 'standard' } as const;
  const batch = batchOf(standard);
  // A job takes a part of a submission, and a part of a batch.
  const perJob = submitSeconds(load) / perRequest + invocationSeconds(standard, batch) / batch;
  const invocations = 1 / perRequest + 1 / batch;
  return [
    [
      {
        of: 'requests (`throttleRate`)',
        scope: 'stage',
        jobs: all,
        change: 'the parameter; batches: up to 100 times as many; then the quota of the account',
      },
      Math.min(stage.throttleRate, account.requests) * perRequest,
    ],
    [
      {
        of: "Lambda's requests, ten for each execution",
        scope: 'account',
        jobs: all,
        change: 'the quota of executions; batches',
      },
      (account.executions * figureOf('executionRate')) / invocations,
    ],
    [
      { of: "Lambda's executions", scope: 'account', jobs: all, change: 'the quota' },
      account.executions / perJob,
    ],
  ];
}

function atTheTable({ stage, account }: Scene): Rows {
  const units = unitsOf.submission + unitsOf.work;
  return [
    [
      {
        of: 'writes of the table, in its first half hour',
        scope: 'stage',
        jobs: all,
        change: '`warmThroughput`; it doubles every half hour by itself, up to the quota',
      },
      Math.min(stage.warmTable, account.tableWrites) / units,
    ],
    [
      {
        of: 'writes of the index of lists, in its first half hour',
        scope: 'stage',
        jobs: all,
        change: '`warmThroughput`, in the same way',
      },
      Math.min(stage.warmList, account.tableWrites) / unitsOf.list,
    ],
  ];
}

/** Limits are looked at as if each tenant had them, one job a request and in batches. */
function ofTenants({ load, stage }: Scene): Rows {
  const keys = (over: Partial<DayLoad>) =>
    Object.fromEntries(
      keysOfTenant({ ...load, limited: true, ...over }, stage).map(({ name, jobs }) => [name, jobs]),
    );
  const [alone, inBatches] = [keys({ perRequest: 1 }), keys({ perRequest: 100 })];
  return [
    [
      {
        of: "the parts of a tenant's list (`listShards`)",
        scope: 'tenant',
        jobs: all,
        change: 'the parameter, which may only grow',
      },
      alone.listKey ?? 0,
    ],
    [
      {
        of: 'the item of a limit',
        scope: 'tenant',
        jobs: 'of a tenant with `jobsPerMinute` or another limit at the door',
        change: 'batches: one write for twenty jobs',
      },
      alone.doorCounter ?? 0,
    ],
    [
      {
        of: 'the item of a limit, in batches',
        scope: 'tenant',
        jobs: 'of a tenant with `jobsPerMinute` or another limit at the door',
        change: 'none: a tenant with more has no limit',
      },
      inBatches.doorCounter ?? 0,
    ],
    [
      {
        of: 'the parts of the index of unfinished jobs',
        scope: 'tenant',
        jobs: 'of a tenant with `unfinishedJobs` or `waitingJobs`',
        change: '`listShards`',
      },
      alone.unfinishedKey ?? 0,
    ],
    [
      {
        of: 'the item of the limit on time',
        scope: 'tenant',
        jobs: 'of a tenant with a limit on the time that jobs run',
        change: 'none: one write for each attempt',
      },
      figureOf('partitionWrites'),
    ],
    [
      {
        of: 'the item of a rate of starts',
        scope: 'key',
        jobs: 'of a type with `perSecond`, with one key',
        change: 'none: it is there to be slow',
      },
      figureOf('partitionWrites'),
    ],
    [
      {
        of: 'the line for places',
        scope: 'key',
        jobs: 'of a type with `running`, with one key, that find no place',
        change: 'none: two writes of one part of an index',
      },
      figureOf('partitionWrites') / 2,
    ],
  ];
}

function atWork({ load, stage }: Scene): Rows {
  const start = (queue: DayLoad['queue'], mappings = 1): number => {
    const batch = batchOf({ queue });
    return (stage.maximumConcurrency * mappings * batch) / invocationSeconds({ ...load, queue }, batch);
  };
  const one = invocationSeconds({ ...load, queue: 'ordered' }, 1);
  const standard = invocationSeconds({ ...load, queue: 'standard' }, figureOf('batch'));
  const first = (figureOf('firstPollers') * figureOf('batch')) / standard;
  return [
    [
      {
        of: 'the first five batches of Lambda',
        scope: 'stage',
        jobs: 'on `standard`, in the first second',
        change: 'none: 300 more a minute',
      },
      first,
    ],
    [
      {
        of: '`maximumConcurrency`',
        scope: 'stage',
        jobs: 'on `standard`',
        change: 'the parameter, and the executions of the account',
      },
      start('standard'),
    ],
    [
      {
        of: '`maximumConcurrency`',
        scope: 'stage',
        jobs: 'on `long`',
        change: 'the parameter; worker servers',
      },
      start('long'),
    ],
    [
      {
        of: '`maximumConcurrency`, for each of `orderedQueues`',
        scope: 'stage',
        jobs: 'in groups',
        change: 'both parameters',
      },
      start('ordered', stage.orderedQueues),
    ],
    [
      {
        of: 'a group: one job at a time',
        scope: 'group',
        jobs: 'in groups',
        change: 'none: that is what a group is',
      },
      1 / one,
    ],
    [
      { of: 'a group: what SQS takes', scope: 'group', jobs: 'in groups, submitted', change: 'none: of SQS' },
      figureOf('orderedGroup'),
    ],
    [
      {
        of: 'calls to an ordered queue',
        scope: 'stage',
        jobs: 'in groups',
        change: '`orderedQueues`, or the quota',
      },
      figureOf('orderedCalls', load.region) * stage.orderedQueues,
    ],
    [
      { of: 'messages in flight', scope: 'stage', jobs: 'on `standard`', change: 'the quota' },
      figureOf('inFlight') / standard,
    ],
  ];
}

function ofWaits({ stage, account }: Scene): Rows {
  return [
    [
      {
        of: 'schedules that fire',
        scope: 'account',
        jobs: 'that wait for more than 15 minutes',
        change: 'the quota',
      },
      account.invocations,
    ],
    [
      {
        of: 'CreateSchedule',
        scope: 'account',
        jobs: 'that wait for more than 15 minutes',
        change: 'the quota; who is refused waits all the same',
      },
      account.createSchedule,
    ],
    [
      { of: '`admissionConcurrency`', scope: 'stage', jobs: 'that wait', change: 'the parameter' },
      admittedBy(stage),
    ],
    [
      {
        of: 'the 16 parts of the index of waits',
        scope: 'stage',
        jobs: 'that wait for more than 15 minutes, or for others',
        change: 'none: other keys would be another protocol',
      },
      waitsOfDue,
    ],
    [
      {
        of: 'writes of the index of waits, in its first half hour',
        scope: 'stage',
        jobs: 'that wait for more than 15 minutes, or for others',
        change: '`warmThroughput` of `due`',
      },
      Math.min(stage.warmDue, account.tableWrites) / 2,
    ],
  ];
}
