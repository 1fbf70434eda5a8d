import { LimitExceededError } from '../../shared/domain/access/limit-error.ts';
import type { CountScope, JobCounts } from '../../shared/domain/access/ports.ts';
import { scopeKeyOf } from '../../testkit/fakes/in-memory-job-counts.ts';
import {
  atTheSameTime,
  filling,
  ofGroups,
  repeats,
  retried,
  retriedInGroup,
  thoseThatWait,
  waitsAtTheDoor,
  waitsLater,
} from './count-scenarios.ts';
import { type Mutant, type Ports, spoiled } from './mutant.ts';
import type { World } from './world.ts';

/** Changes how submissions use the number. */
const counting =
  (change: (counts: JobCounts, world: World) => Partial<JobCounts>) =>
  (ports: Ports, role: string, world: World): Ports =>
    role === 'submit' ? { ...ports, counts: { ...ports.counts, ...change(ports.counts, world) } } : ports;

const endings = ['succeed', 'fail', 'stop', 'cancel', 'finishCancel', 'failLate', 'failUnclaimed'] as const;

const isOfGroup = (scope: CountScope): boolean => scope.limit === 'unfinishedJobsOfGroup';

/** As if all groups were one. */
const oneNumber = (counts: JobCounts): JobCounts => {
  const one = (scope: CountScope): CountScope => (isOfGroup(scope) ? { ...scope, group: 'any' } : scope);
  return {
    read: (scope) => counts.read(one(scope)),
    raise: (raising) => counts.raise({ ...raising, scope: one(raising.scope) }),
    count: counts.count,
    create: (scope, ...rest) => counts.create(one(scope), ...rest),
    begin: (scope, ...rest) => counts.begin(one(scope), ...rest),
    settle: (scope, ...rest) => counts.settle(one(scope), ...rest),
  };
};

export const countMutants: readonly Mutant[] = [
  {
    name: 'a job that has ended is counted still',
    shownBy: waitsAtTheDoor.name,
    write: spoiled(endings, ({ remove = [] }) => ({ remove: remove.filter((one) => one !== 'failedKey') })),
  },
  {
    name: 'a job is not counted any more when a worker has it',
    shownBy: waitsAtTheDoor.name,
    write: spoiled(['claim'], ({ remove = [] }) => ({ remove: [...remove, 'failedKey'] })),
  },
  {
    name: 'a job that is retried is not counted again',
    shownBy: retried.name,
    write: spoiled(['retry'], ({ set: { failedKey: _, ...set }, remove = [] }) => ({
      set,
      remove: [...remove, 'failedKey'],
    })),
  },
  {
    name: 'jobs that come at the same time come in whether or not there is room for all',
    shownBy: atTheSameTime.name,
    ports: counting((counts) => ({ raise: (one) => counts.raise({ ...one, max: one.max + 9 }) })),
  },
  {
    name: 'what has come in lately is not counted',
    shownBy: filling.name,
    ports: counting((counts) => ({
      begin: async (...args) => {
        const begun = await counts.begin(...args);
        return begun && { ...begun, seen: begun.count };
      },
    })),
  },
  {
    name: 'what has ended is taken off twice',
    shownBy: waitsAtTheDoor.name,
    ports: counting((counts, { countRule }) => ({
      settle: async (scope, begunAt, gone) => {
        const isDone = await counts.settle(scope, begunAt, gone);
        const key = scopeKeyOf(scope);
        const stored = countRule.counts.counts.get(key);
        if (isDone && stored) countRule.counts.counts.set(key, { ...stored, count: stored.count - gone });
        return isDone;
      },
    })),
  },
  {
    name: 'nobody counts the index again',
    shownBy: waitsAtTheDoor.name,
    ports: counting(() => ({ begin: async () => undefined })),
  },
  {
    name: 'nobody takes off what has ended',
    shownBy: waitsAtTheDoor.name,
    ports: counting(() => ({ settle: async () => true })),
  },
  {
    name: 'a job is counted when it is sent',
    shownBy: waitsAtTheDoor.name,
    ports: counting((counts, { time }) => ({
      raise: async (one) => {
        time.after(1_000, () => void counts.raise(one).catch(() => undefined));
        return { count: one.jobs, seen: 0, seenAt: one.now, raisedAt: one.now };
      },
    })),
  },
  {
    name: 'a job comes in if the number cannot be raised',
    shownBy: waitsAtTheDoor.name,
    ports: counting((counts) => ({
      raise: (one) =>
        counts.raise(one).catch(() => ({ count: one.jobs, seen: 0, seenAt: one.now, raisedAt: one.now })),
    })),
  },
  {
    name: 'it is asked before a replay is looked for whether more jobs may be unfinished',
    shownBy: repeats.name,
    ports: (ports, role, world) => {
      const { unfinishedJobs: max } = world.settings;
      if (role !== 'submit' || max === undefined) return ports;
      const read: typeof ports.store.read = async (id) => {
        const known = await ports.counts.read({ tenant: 'someone', limit: 'unfinishedJobs' });
        if (known && known.count >= max)
          throw new LimitExceededError({ limit: 'unfinishedJobs', max, retryAfterSeconds: 1 });
        return ports.store.read(id);
      };
      return { ...ports, store: { ...ports.store, read } };
    },
  },
  {
    name: 'a job of a group that has ended is counted in it still',
    shownBy: ofGroups.name,
    write: spoiled(endings, ({ remove = [] }) => ({ remove: remove.filter((one) => one !== 'groupKey') })),
  },
  {
    name: 'a job of a group that is retried is not counted in it again',
    shownBy: retriedInGroup.name,
    write: spoiled(['retry'], ({ set: { groupKey: _, ...set } }) => ({ set })),
  },
  {
    name: 'jobs come in whether or not there is room in their group',
    shownBy: ofGroups.name,
    ports: counting((counts) => ({
      raise: (one) => counts.raise(isOfGroup(one.scope) ? { ...one, max: one.max + 9 } : one),
    })),
  },
  {
    name: 'a job of a group is counted for its tenant alone',
    shownBy: ofGroups.name,
    ports: counting((counts) => ({
      raise: async (one) =>
        isOfGroup(one.scope)
          ? { count: one.jobs, seen: 0, seenAt: one.now, raisedAt: one.now }
          : counts.raise(one),
    })),
  },
  {
    name: 'nobody takes off what has ended in a group',
    shownBy: ofGroups.name,
    ports: counting((counts) => ({
      settle: async (scope, begunAt, gone) => isOfGroup(scope) || counts.settle(scope, begunAt, gone),
    })),
  },
  {
    name: 'all groups of a tenant have one number',
    shownBy: ofGroups.name,
    ports: counting(oneNumber),
  },
  {
    name: 'a job that begins to wait is counted among those that do not',
    shownBy: waitsLater.name,
    write: spoiled(['sleep', 'leaveQueue'], ({ set: { failedKey: _, ...set } }) => ({ set })),
  },
  {
    name: 'a job that a worker has claimed counts as waiting still',
    shownBy: thoseThatWait.name,
    write: spoiled(['claim'], ({ set: { failedKey: _, ...set } }) => ({ set })),
  },
  {
    name: 'jobs that are to wait come in whether or not there is room for them',
    shownBy: thoseThatWait.name,
    ports: counting((counts) => ({
      raise: (one) => counts.raise(one.scope.limit === 'waitingJobs' ? { ...one, max: one.max + 9 } : one),
    })),
  },
  {
    name: 'what begins to wait later is not counted',
    shownBy: waitsLater.name,
    ports: counting((counts) => ({
      count: async (scope) => (scope.limit === 'waitingJobs' ? 0 : counts.count(scope, 9)),
    })),
  },
];
