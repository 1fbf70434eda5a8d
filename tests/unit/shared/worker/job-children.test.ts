import { describe, expect, test } from '@jest/globals';
import { type ChildBatch, type Children, StepError } from '../../../../shared/author/index.ts';
import { childIdOf } from '../../../../shared/domain/children/batch.ts';
import type { JobItem } from '../../../../shared/domain/state/item.ts';
import type { JobMessage } from '../../../../shared/domain/state/message.ts';
import type { StepRecord } from '../../../../shared/domain/state/saved-steps.ts';
import { childrenOf } from '../../../../shared/worker/child-batch.ts';
import { JobChildren } from '../../../../shared/worker/job-children.ts';
import { FixedClock, fixedRandom } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryBatches } from '../../../../testkit/fakes/in-memory-batches.ts';
import { InMemoryJobStore } from '../../../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryObjectStore } from '../../../../testkit/fakes/in-memory-objects.ts';
import { contracts } from '../../../job-types/contracts.ts';
import { aFailedItem, aMessage, anId, jobId } from '../../../set-ups/samples.ts';

const { counting } = contracts;

/** A parent whose slices share a table. */
function aParent() {
  const batches = new InMemoryBatches();
  const store = new InMemoryJobStore();
  const records = new Map<string, StepRecord>();
  const sent: JobMessage[] = [];
  const calls: string[] = [];
  let room = Infinity;
  const slice = (message: Partial<JobMessage> = {}) => {
    const taken = new Set<string>();
    const children = new JobChildren(
      {
        item: { id: jobId, tenant: 'a tenant' },
        message: { ...aMessage(), ...message },
        steps: {
          take: (key) => {
            if (taken.has(key)) throw new StepError(`the key "${key}" comes twice`);
            taken.add(key);
          },
          tracked: (run) => run(),
          endSlice: async () => {
            throw new Error('the slice ends');
          },
        },
        memo: {
          find: (key) => records.get(key),
          keep: async (record) => {
            calls.push(`plan ${record.batch?.sent}`);
            records.set(record.key, record);
          },
        },
        heartbeat: {
          isStopped: false,
          requireLease: () => {},
          keep: ({ batches: known }) => calls.push(`${known?.size} batches`),
        },
        sliceEnd: { isNear: () => false, took: () => {} },
        traceparent: undefined,
      },
      {
        batches: Object.assign(batches, {
          create: async (root: Parameters<InMemoryBatches['create']>[0]) => {
            calls.push('root');
            return InMemoryBatches.prototype.create.call(batches, root);
          },
        }),
        childQueues: {
          long: {
            sendAll: async (messages) => {
              if (sent.length >= room) throw new Error('its worker is gone');
              calls.push(`send ${messages.length}`);
              sent.push(...messages);
            },
          },
        },
        contracts,
        store,
        objects: new InMemoryObjectStore(),
        clock: new FixedClock(),
        random: fixedRandom(),
        family: { ended: async () => {} },
      },
    );
    return childrenOf(children, contracts);
  };
  return {
    slice,
    sent,
    calls,
    batches,
    end: (index: number, over: Partial<JobItem> = {}) => {
      const [root] = [...batches.roots.values()];
      const id = root ? childIdOf(root, index) : '';
      store.items.set(id, aFailedItem({ id, ...over }));
      return id;
    },
    allHaveEnded: async () => {
      for (const { batch, round, shard } of batches.stored.values()) {
        const { size } = { size: 0, ...batches.stored.get(`batch/${batch}/${round}/${shard}`) };
        const ended = Array.from({ length: size }, (_, at) => shard * 100 + at);
        await batches.add({ batch, round, shard, ended, unsuccessful: [] });
        await batches.addFull({ batch, round, shard });
      }
    },
    breakAfter: (messages: number) => {
      room = messages;
    },
    mend: () => {
      room = Infinity;
    },
  };
}

const three: Children<typeof counting> = { count: 3, payload: (index) => ({ seconds: index }) };

describe('a job that spawns children', () => {
  test('writes the plan, then the root, and sends a shard at a time', async () => {
    const { slice, calls, sent } = aParent();
    await slice().spawn('all', counting, { count: 250, payload: () => ({ seconds: 0 }) });
    expect(calls).toEqual([
      ...['1 batches', 'plan 0', 'root'],
      ...['send 100', 'plan 100', 'send 100', 'plan 200', 'send 50', 'plan 250'],
    ]);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(250);
    expect(sent[249]).toMatchObject({
      ...{ tenant: 'a tenant', type: 'counting', payload: { seconds: 0 }, run: 1, version: 2 },
      parent: { id: jobId, index: 249, shard: 2, depth: 1 },
    });
  });

  test('goes on from its cursor, and a child that is sent twice has one id', async () => {
    const { slice, sent, breakAfter, mend } = aParent();
    const many = { count: 250, payload: () => ({ seconds: 0 }) };
    breakAfter(100);
    await expect(slice().spawn('all', counting, many)).rejects.toThrow('its worker is gone');
    mend();
    await slice().spawn('all', counting, many);
    expect(sent).toHaveLength(250);
    await slice().spawn('all', counting, many);
    expect(sent).toHaveLength(250);
  });

  test.each<[string, string, () => Promise<unknown>]>([
    [
      'another number under its key',
      '"all" was 3 children of the type "counting", and is 2 of "counting" now',
      async () => {
        const { slice } = aParent();
        await slice().spawn('all', counting, three);
        return slice().spawn('all', counting, { ...three, count: 2 } as typeof three);
      },
    ],
    [
      'another type under its key',
      '"all" was 3 children of the type "counting", and is 3 of "booking" now',
      async () => {
        const { slice } = aParent();
        await slice().spawn('all', counting, three);
        return slice().spawn('all', contracts.booking, {
          count: 3,
          payload: () => ({ seats: 0, waitSeconds: 0 }),
        });
      },
    ],
    [
      'a key twice in one slice',
      'the key "all" comes twice',
      async () => {
        const { spawn } = aParent().slice();
        await spawn('all', counting, three);
        return spawn('all', counting, three);
      },
    ],
    [
      'too many',
      '"all" can have 0 to 100000 children',
      () =>
        aParent()
          .slice()
          .spawn('all', counting, { ...three, count: 100_001 }),
    ],
    [
      'half a child',
      '"all" can have 0 to 100000 children',
      () =>
        aParent()
          .slice()
          .spawn('all', counting, { ...three, count: 1.5 }),
    ],
    [
      'children of the eighth children',
      'a job with 8 ancestors spawns no children',
      () =>
        aParent()
          .slice({ parent: { id: anId(2), batch: anId(3), index: 0, shard: 0, depth: 8 } })
          .spawn('all', counting, three),
    ],
    [
      'a type that is in no catalog',
      'the contract of the children is not in the catalog of contracts',
      () =>
        aParent()
          .slice()
          .spawn('all', { ...counting }, three),
    ],
    [
      'a type of this project alone',
      '"bulk-action" is no type of this project',
      () =>
        aParent()
          .slice()
          .spawn('all', contracts['bulk-action'], { list: [{} as never] }),
    ],
    [
      'a payload that does not fit',
      'the payload of child 1 of "all" does not fit its contract, at /seconds',
      () =>
        aParent()
          .slice()
          .spawn('all', counting, { list: [{ seconds: 1 }, { seconds: -1 }] }),
    ],
  ])('is told of %s', async (_what, message, spawning) => {
    await expect(spawning()).rejects.toThrow(new StepError(message));
  });
});

describe('the ends of children', () => {
  async function ended(ends: (end: ReturnType<typeof aParent>['end']) => void) {
    const parent = aParent();
    await parent.slice().spawn('all', counting, three);
    await parent.allHaveEnded();
    ends(parent.end);
    return parent.slice().spawn('all', counting, three);
  }
  const read = async (batch: ChildBatch<typeof counting>) => {
    const all: unknown[] = [];
    for await (const { id: _, ...child } of batch.results()) all.push(child);
    return all;
  };

  test('are read in the order of their indexes', async () => {
    const batch = await ended((end) => {
      end(2, { status: 'canceled', error: undefined });
      end(0, { status: 'succeeded', result: '{"seconds":0}' });
      end(1, { error: { name: 'NoPageError', message: 'no page' } });
    });
    expect(await read(batch)).toEqual([
      { index: 0, status: 'succeeded', result: { seconds: 0 } },
      { index: 1, status: 'failed', error: { name: 'NoPageError', message: 'no page' } },
      {
        index: 2,
        status: 'canceled',
        error: { name: 'JobCanceledError', message: 'The child was canceled.' },
      },
    ]);
  });

  test('of which one is not kept any longer are an error with its index', async () => {
    const batch = await ended((end) => void end(0, { status: 'succeeded', result: '{"seconds":0}' }));
    await expect(read(batch)).rejects.toThrow('child 1 of "all" has ended, and is not kept any longer');
  });
});
