import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandOutput,
} from '@aws-sdk/client-dynamodb';
import type * as z from 'zod/mini';
import { NewerVersionError } from '../domain/base/errors.ts';
import type { Storable } from '../domain/base/records.ts';
import { currentVersion, stepsVersion } from '../domain/base/version.ts';
import {
  asksForSome,
  type BatchRoot,
  batchRoot,
  batchShard,
  earlyBoundOf,
  fullTextOf,
  lookedNow,
  maxAgain,
  rootKeyOf,
  roundAfter,
  shardKeyOf,
  shardsOf,
  wantedNow,
} from '../domain/children/batch.ts';
import type { BatchEraser, BatchStore } from '../domain/children/batch-ports.ts';
import { toAttributes } from './attribute-value.ts';
import { batchReads, failed, parsed } from './batch-reader.ts';
import { conditionHeld, ifHeld } from './conditional-write.ts';

interface Change {
  readonly update: string;
  readonly condition: string;
  readonly values: Readonly<Record<string, Storable>>;
}

/** The table of jobs behind the `BatchStore` port: a root and its shards are items beside those of the jobs. */
export function dynamoDbBatches(
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: { readonly TABLE_NAME: string },
): BatchStore {
  const reads = batchReads(client, TableName);
  const { get } = reads;

  /**
   * @returns what is stored after it; undefined if the condition did not hold
   * @throws NewerVersionError: what newer code has stored is not gone
   */
  async function change<Schema extends z.ZodMiniType>(
    id: string,
    schema: Schema,
    { update, condition, values }: Change,
  ) {
    const all = { ...values, ':known': currentVersion };
    // Every name has an alias: some are reserved words of DynamoDB.
    const names = new Set(`${update} ${condition} #version`.match(/#\w+/g));
    const command = new UpdateItemCommand({
      TableName,
      Key: toAttributes({ id }),
      UpdateExpression: update,
      ConditionExpression: `#version <= :known AND (${condition})`,
      ExpressionAttributeNames: Object.fromEntries([...names].map((name) => [name, name.slice(1)])),
      ExpressionAttributeValues: toAttributes(all),
      ReturnValues: 'ALL_NEW',
    });
    const Attributes = await written(client.send(command));
    if (Attributes) return parsed(Attributes, schema);
    await get(id, schema);
    return undefined;
  }

  /** @returns whether there was none */
  async function put(id: string, values: Readonly<Record<string, Storable | undefined>>): Promise<boolean> {
    const command = new PutItemCommand({
      TableName,
      Item: toAttributes({ ...values, id }),
      ConditionExpression: 'attribute_not_exists(id)',
    });
    return conditionHeld(client.send(command), failed);
  }

  /** @returns undefined if the condition did not hold */
  const written = async (sending: Promise<UpdateItemCommandOutput>) =>
    (await ifHeld(sending, failed))?.Attributes;

  const changeRoot = (batch: string, made: Change): Promise<BatchRoot | undefined> =>
    change(rootKeyOf(batch), batchRoot, {
      ...made,
      condition: `attribute_not_exists(#erasedTo) AND ${made.condition}`,
    });

  /** Leaves the key alone, and that it was erased. @returns whether there was an item @throws NewerVersionError */
  async function erase(id: string, expiresAt: number): Promise<boolean> {
    const command = new PutItemCommand({
      TableName,
      Item: toAttributes({ id, version: stepsVersion, erased: true, expiresAt }),
      ConditionExpression: 'attribute_not_exists(#version) OR #version <= :known',
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: toAttributes({ ':known': currentVersion }),
      ReturnValues: 'ALL_OLD',
    });
    try {
      return (await client.send(command)).Attributes !== undefined;
    } catch (cause) {
      if (cause instanceof ConditionalCheckFailedException)
        throw new NewerVersionError('newer code has stored the batch', { cause });
      return failed(cause);
    }
  }

  return {
    read: reads.root,
    shards: reads.shards,

    find: async (batch) => {
      const state = await reads.find(rootKeyOf(batch), batchRoot);
      return state.kind === 'there' ? { kind: state.kind, root: state.found } : state;
    },

    create: async (root) => {
      if (await put(rootKeyOf(root.batch), root)) return root;
      return reads.root(root.batch);
    },

    createShard: (shard) => put(shardKeyOf(shard), shard),

    add: ({ ended, unsuccessful, expiresAt, ...place }) =>
      change(shardKeyOf(place), batchShard, {
        update: `SET #expiresAt = :expiresAt ADD #ended :ended${unsuccessful.length > 0 ? ', #unsuccessful :unsuccessful' : ''}`,
        // What is left after an erasure has no size.
        condition: 'attribute_exists(#size)',
        values: {
          ':ended': textsOf(ended),
          ':expiresAt': expiresAt,
          ...(unsuccessful.length > 0 ? { ':unsuccessful': textsOf(unsuccessful) } : {}),
        },
      }),

    addFull: ({ batch, round, ...full }) => {
      const text = fullTextOf(full);
      return changeRoot(batch, {
        update: `ADD #full :full${text === undefined ? '' : ', #fullUnsuccessful :unsuccessful'}`,
        condition: '#round = :round',
        values: {
          ':full': textsOf([full.shard]),
          ':round': round,
          ...(text === undefined ? {} : { ':unsuccessful': new Set([text]) }),
        },
      });
    },

    addEarly: ({ batch, round, kind, indexes, bound }) => {
      const set = kind === 'succeeded' ? '#earlySucceeded' : '#earlyUnsuccessful';
      return changeRoot(batch, {
        update: `ADD ${set} :indexes`,
        condition: `#round = :round AND (attribute_not_exists(${set}) OR size(${set}) < :bound)`,
        values: { ':indexes': textsOf(indexes), ':round': round, ':bound': bound },
      });
    },

    endParent: async ({ batch, run, expiresAt }) => {
      const [is, time] = [
        '#parentRun <= :run AND #whenParentEnds =',
        { ':run': run, ':expiresAt': expiresAt },
      ];
      const [cancel, leave] = [{ ':cancel': 'cancel' }, { ':leave': 'leave' }];
      // Most have to be told of both, by one write.
      const ways: readonly Change[] = [
        {
          update: 'SET #expiresAt = :expiresAt, #endedRun = :run',
          condition: `${is} :cancel AND ${notKept('<=')}`,
          values: { ...time, ...cancel },
        },
        {
          update: 'SET #expiresAt = :expiresAt',
          condition: `${is} :leave AND ${notKept('<=')}`,
          values: { ...time, ...leave },
        },
        { update: 'SET #endedRun = :run', condition: `${is} :cancel`, values: { ':run': run, ...cancel } },
      ];
      for (const way of ways) if (await changeRoot(batch, way)) return;
    },

    keep: async ({ batch, run, expiresAt }) => {
      await changeRoot(batch, {
        update: 'SET #expiresAt = :expiresAt',
        condition: `#parentRun <= :run AND ${notKept('<')}`,
        values: { ':run': run, ':expiresAt': expiresAt },
      });
    },

    reopen: (batch, parentRun) =>
      changeRoot(batch, {
        update: 'SET #parentRun = :parentRun, #retries = :true REMOVE #expiresAt',
        condition: '#parentRun < :parentRun',
        values: { ':parentRun': parentRun, ':true': true },
      }),

    askAgain: (root, index) => {
      const { batch, round, parentRun } = root;
      const asked = index === undefined ? askForAll : askForOne(index);
      const { condition, values } = undecided(root);
      return changeRoot(batch, {
        update: asked.update,
        condition: ['#round = :round AND #parentRun = :parentRun', condition, ...asked.conditions].join(
          ' AND ',
        ),
        values: { ':round': round, ':parentRun': parentRun, ...values, ...asked.values },
      });
    },

    wantLook: (root, now) => {
      const { condition, values } = asRead(root, 'lookedAt');
      return changeRoot(root.batch, {
        update: 'SET #wantedAt = :wantedAt',
        condition: `#round = :round AND ${condition}`,
        values: { ':wantedAt': wantedNow(root, now), ':round': root.round, ...values },
      });
    },

    noteLook: async (root, now, { silent = [], vain = 0 }) => {
      const [looked, wanted] = [asRead(root, 'lookedAt'), asRead(root, 'wantedAt')];
      const isSilent = silent.length > 0;
      const noted = await changeRoot(root.batch, {
        update: `SET #lookedAt = :now, #vain = :vain${isSilent ? ', #silent = :silent' : ' REMOVE #silent'}`,
        condition: `#round = :round AND ${looked.condition} AND ${wanted.condition}`,
        values: {
          ...{ ':now': lookedNow(root, now), ':vain': vain, ':round': root.round },
          ...(isSilent ? { ':silent': textsOf(silent) } : {}),
          ...looked.values,
          ...wanted.values,
        },
      });
      return noted !== undefined;
    },

    beginRound: (root, { at, full, early: { succeeded = [], unsuccessful = [] } }) => {
      const { batch, round, parentRun } = root;
      const isPartial = asksForSome(root);
      const sets = Object.entries({
        full: textsOf(full.map(({ shard }) => shard)),
        fullUnsuccessful: new Set(full.flatMap((one) => fullTextOf(one) ?? [])),
        earlySucceeded: textsOf(succeeded),
        earlyUnsuccessful: textsOf(unsuccessful),
      });
      // The table has no empty set.
      const filled = sets.filter(([, texts]) => texts.size > 0);
      const empty = sets.filter(([, texts]) => texts.size === 0);
      return changeRoot(batch, {
        update: [
          `SET #round = :next, #roundAt = :at${isPartial ? ', #isPartial = :true' : ''}${filled.map(([name]) => `, #${name} = :${name}`).join('')}`,
          `REMOVE #retries, #again, #endedRun, #silent, #wantedAt${isPartial ? '' : ', #isPartial'}${empty.map(([name]) => `, #${name}`).join('')}`,
        ].join(' '),
        condition: '#round = :round AND #parentRun = :parentRun',
        values: {
          ':next': roundAfter(root),
          ':at': at,
          ...(isPartial ? { ':true': true } : {}),
          ':round': round,
          ':parentRun': parentRun,
          ...Object.fromEntries(filled.map(([name, texts]) => [`:${name}`, texts])),
        },
      });
    },

    ...eraser({ changeAny: (batch, made) => change(rootKeyOf(batch), batchRoot, made), erase }),
  };
}

interface Erasing {
  /** Changes a root that is being erased, too. */
  changeAny(batch: string, made: Change): Promise<BatchRoot | undefined>;
  erase(id: string, expiresAt: number): Promise<boolean>;
}

/** What is left after an erasure has no secret. */
const eraser = ({ changeAny, erase }: Erasing): Omit<BatchEraser, 'read' | 'shards'> => ({
  beginErase: (batch) =>
    changeAny(batch, {
      update: 'SET #erasedTo = if_not_exists(#erasedTo, :none)',
      condition: 'attribute_exists(#secret)',
      values: { ':none': 0 },
    }),

  eraseShard: (place, expiresAt) => erase(shardKeyOf(place), expiresAt),

  keepErased: async (batch, erasedTo) => {
    await changeAny(batch, {
      update: 'SET #erasedTo = :erasedTo',
      condition: '#erasedTo < :erasedTo',
      values: { ':erasedTo': erasedTo },
    });
  },

  finishErase: async (batch, expiresAt) => {
    await erase(rootKeyOf(batch), expiresAt);
  },
});

/** What a condition on a time of a root says: that it is as it was read. */
function asRead(root: BatchRoot, name: 'lookedAt' | 'wantedAt'): Pick<Change, 'condition' | 'values'> {
  const { [name]: read } = root;
  return read === undefined
    ? { condition: `attribute_not_exists(#${name})`, values: {} }
    : { condition: `#${name} = :${name}Read`, values: { [`:${name}Read`]: read } };
}

interface Asking extends Pick<Change, 'update' | 'values'> {
  readonly conditions: readonly string[];
}

const askForAll: Asking = { update: 'SET #retries = :true', conditions: [], values: { ':true': true } };

const askForOne = (index: number): Asking => ({
  update: 'ADD #again :again',
  conditions: ['(attribute_not_exists(#again) OR size(#again) < :maxAgain OR contains(#again, :index))'],
  values: { ':again': textsOf([index]), ':index': String(index), ':maxAgain': maxAgain },
});

/** What `isUndecided` says. If some are to be made again, more than `tolerate` decide nothing. */
function undecided(root: BatchRoot): Pick<Change, 'condition' | 'values'> {
  const bounds = [
    { set: '#full', bound: ':shards', size: shardsOf(root).length },
    { set: '#earlySucceeded', bound: ':any', size: earlyBoundOf(root, 'succeeded') },
    { set: '#earlyUnsuccessful', bound: ':untolerated', size: earlyBoundOf(root, 'unsuccessful') },
  ].flatMap(({ size, ...names }) => (size === undefined ? [] : [{ ...names, size }]));
  const lacking = bounds.map(({ set, bound }) => {
    const orAsked = set === '#earlyUnsuccessful' ? ' OR attribute_exists(#again)' : '';
    return `(attribute_not_exists(${set}) OR size(${set}) < ${bound}${orAsked})`;
  });
  return {
    condition: [...lacking, '(attribute_not_exists(#endedRun) OR #endedRun < :parentRun)'].join(' AND '),
    values: Object.fromEntries(bounds.map(({ bound, size }) => [bound, size])),
  };
}

/** Whether the root is not kept for longer than until this time. */
const notKept = (than: '<' | '<='): string =>
  `(attribute_not_exists(#expiresAt) OR #expiresAt ${than} :expiresAt)`;

const textsOf = (numbers: readonly number[]): Set<string> => new Set(numbers.map(String));
