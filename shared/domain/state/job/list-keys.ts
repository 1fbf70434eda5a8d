import { keyPartOf, tenantKeyOf } from '../../base/tenant-key.ts';
import type { JobMessage } from './message.ts';

/**
 * Where a job is in the list of its tenant: an index of the table has these attributes as its keys. They come from the
 * message, so that each creator of the item writes the same, and nobody changes them: one index write in a job's life.
 */

export const listKeyOf = (tenant: string, shard: number): string => `${tenantKeyOf(tenant)}.${shard}`;

/** With as many digits as the times of jobs have: the end of it is in the year 2286. */
const maxTime = 9_999_999_999_999;

/** Sorts as the times do. One before 1970 or after 2286 sorts as the first or the last. @param at epoch milliseconds */
export const listPositionOf = (at: number, id: string): string =>
  `${String(Math.min(Math.max(at, 0), maxTime)).padStart(13, '0')}/${id}`;

/** Epoch milliseconds. */
export const timeOfPosition = (position: string): number => Number.parseInt(position, 10);

const listKey = ({ tenant, shard = 0 }: JobMessage): string => listKeyOf(tenant, shard);

const listPosition = ({ submittedAt, id }: JobMessage): string => listPositionOf(submittedAt, id);

/** How many lists the tagged children of a tenant are in: a partition of the index takes a thousand writes a second. */
const childShards = 4;
const childListKey = (tenant: string, shard: number): string => `children/${listKeyOf(tenant, shard)}`;
/** The lists in which the children of a tenant are that have tags. */
export const childListKeysOf = (tenant: string): readonly string[] =>
  Array.from({ length: childShards }, (_, shard) => childListKey(tenant, shard));

/** A child is in no list of its tenant: its parent leads to it. With tags it is in one of its own, for searches. */
export const listKeys = (message: JobMessage) => {
  const { parent, id, tenant, options } = message;
  if (!parent) return { listKey: listKey(message), listPosition: listPosition(message) };
  return options.tags
    ? { listKey: childListKey(tenant, shardOf(id, childShards)), listPosition: listPosition(message) }
    : {};
};

/**
 * A failed job is in the sparse index of failed jobs, too. A child that has failed, and has no tags, is in that alone.
 */
export const failedKeys = (message: JobMessage) => ({
  failedKey: listKey(message),
  ...(message.parent && !message.options.tags ? { listPosition: listPosition(message) } : {}),
});

/** What an item says of that. */
interface Placed {
  readonly id: string;
  readonly tenant: string;
  readonly parent?: object | undefined;
  readonly createdAt: number;
  readonly listKey?: string | undefined;
  readonly listPosition?: string | undefined;
}

/** The same from an item, of which nobody has the message. */
export const failedKeysOf = ({ id, tenant, parent, createdAt, ...placed }: Placed) =>
  parent
    ? { failedKey: listKeyOf(tenant, 0), listPosition: placed.listPosition ?? listPositionOf(createdAt, id) }
    : { failedKey: placed.listKey };

/**
 * Where the unfinished jobs are that are counted: in parts of the index `failed`, where no failed job is. A job leaves
 * its part with the write that ends it, so the index is the number of them, whatever dies. @param listKey that of the
 * job
 */
export const unfinishedKeyOf = (listKey: string): string => `unfinished/${listKey}`;

/** The same of those that wait, if these are counted apart. All unfinished jobs are in both parts together. */
export const waitingKeyOf = (listKey: string): string => `waiting/${listKey}`;

/** What an item and a message say of that. */
interface Counted {
  readonly tenant: string;
  readonly listKey?: string | undefined;
  readonly group?: string | undefined;
  readonly counted?: true | undefined;
  readonly countedInGroup?: true | undefined;
  readonly countedWaits?: true | undefined;
}

/**
 * The places of a counted job in indexes, from the write that creates its item until the write that ends it. One of a
 * group has a second one, if its tenant limits those: a part of the index `group` is a group.
 */
export const countedKeys = (job: Counted, waits = false) => ({
  ...partKeys(job, waits),
  ...(job.countedInGroup && job.group !== undefined ? { groupKey: groupKeyOf(job.tenant, job.group) } : {}),
});

const partKeys = ({ counted, countedWaits, listKey: key }: Counted, waits: boolean) =>
  counted && key !== undefined
    ? { failedKey: countedWaits && waits ? waitingKeyOf(key) : unfinishedKeyOf(key) }
    : {};

const asItem = (message: JobMessage): Counted => ({
  ...message,
  listKey: listKey(message),
  group: message.options.group,
});

/** One write of each index when a counted job is created, and one when it ends. A child is not counted. */
export const unfinishedKeys = (message: JobMessage, waits = false) => countedKeys(asItem(message), waits);

/**
 * Two index writes when a job begins to wait, and when its wait ends; none for one whose waits are not counted. @param
 * job an item
 */
export const movedKeys = (job: Counted, waits: boolean) => (job.countedWaits ? partKeys(job, waits) : {});

/** The same where the write may create the item: the places that nobody has written, and the one that changes. */
export const createdOrMoved = (message: JobMessage, waits: boolean) => {
  const { failedKey, ...others } = unfinishedKeys(message, waits);
  if (failedKey === undefined) return { set: {}, setOnce: others };
  return message.countedWaits
    ? { set: { failedKey }, setOnce: others }
    : { set: {}, setOnce: { failedKey, ...others } };
};

/** The part of the index `group` that has the unfinished jobs of a group. */
export const groupKeyOf = (tenant: string, group: string): string =>
  `${tenantKeyOf(tenant)}/${keyPartOf(group)}`;

/** How many parts the index of the jobs that wait has: a million may begin to wait in the same minute. */
export const dueShards = 16;

/**
 * A job that waits outside of all queues is in the sparse index `due`: two index writes a wait, when it begins and when
 * a worker claims the job, or it ends.
 * @param lookAt when somebody is to look whether the job still waits, epoch milliseconds
 */
export const dueKeys = (id: string, lookAt: number) => ({ dueKey: String(shardOf(id, dueShards)), lookAt });

/** The same of a job that is paused: a resume looks at these alone. They are as many parts. */
export const pausedKeys = (id: string, lookAt: number) => ({
  dueKey: pausedPart(shardOf(id, dueShards)),
  lookAt,
});

const pausedPrefix = 'paused-';
export const pausedPart = (shard: number): string => `${pausedPrefix}${shard}`;
export const isPausedPart = (dueKey: string | undefined): boolean =>
  dueKey?.startsWith(pausedPrefix) ?? false;

/**
 * A job that waits for a place is in a part of the same index that is the line of its key, at the time when it first
 * came.
 */
export const lineKeys = (room: string, since: number) => ({ dueKey: linePart(room), lookAt: since });

/** Once it was woken, it is in a part of its own until a worker claims it: so many parts as others that wait have. */
export const wokenKeys = (id: string, lookAt: number) => ({
  dueKey: wokenPart(shardOf(id, dueShards)),
  lookAt,
});
const wokenPrefix = 'woken-';
export const wokenPart = (shard: number): string => `${wokenPrefix}${shard}`;
export const isWokenPart = (dueKey: string | undefined): boolean => dueKey?.startsWith(wokenPrefix) ?? false;

const linePrefix = 'place/';
export const linePart = (room: string): string => `${linePrefix}${room}`;
export const isLinePart = (dueKey: string | undefined): boolean => dueKey?.startsWith(linePrefix) ?? false;

/** The shard of a tenant's list that a job is in: a large tenant's list would be too much for one partition. */
export const shardOf = (id: string, shards: number): number => Number.parseInt(id.slice(-8), 16) % shards;
