import * as z from 'zod/v4-mini';
import { type Children, defineJob, StepError } from '../../shared/author/index.ts';
import { addEarlyEnds } from '../../shared/delivery/add-early-ends.ts';
import { SendingStoppedError } from '../../shared/domain/base/errors.ts';
import { childIdOf } from '../../shared/domain/children/batch.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { JobMessage } from '../../shared/domain/state/job/message.ts';
import type { StepRecord } from '../../shared/domain/state/stored/saved-steps.ts';
import { childrenOf } from '../../shared/worker/children/child-batch.ts';
import { JobChildren } from '../../shared/worker/children/job-children.ts';
import { FixedClock, fixedRandom } from '../../testkit/fakes/fixed.ts';
import { type InMemoryBatches, inMemoryBatches } from '../../testkit/fakes/in-memory-batches.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryObjectStore } from '../../testkit/fakes/in-memory-objects.ts';
import { contracts as testContracts } from '../job-types/contracts.ts';
import { aFailedItem, aMessage, jobId } from './samples.ts';

const { counting } = testContracts;
export const adding = defineJob({
  queue: 'long',
  payload: z.array(z.int()),
  result: z.int(),
  timeoutSeconds: 60,
  maxAttempts: 3,
  fairBy: (numbers) => (numbers.length > 1 ? `${numbers.length} numbers` : undefined),
});
/** Jobs of these two are no children. */
export const unique = { ...counting, unique: { key: () => 'one', withinSeconds: 60 } };
export const debounced = { ...counting, debounce: { key: () => 'one', delaySeconds: 1, maxDelaySeconds: 2 } };
export const contracts = { ...testContracts, adding, unique, debounced };

/** A parent whose slices share a table. */
export function aParent(spawnAllowance = 1_000_000) {
  const batches = inMemoryBatches();
  const { create } = batches;
  const store = new InMemoryJobStore();
  const objects = new InMemoryObjectStore();
  const records = new Map<string, StepRecord>();
  const sent: JobMessage[] = [];
  const calls: string[] = [];
  let room = Infinity;
  let endsAfter = Infinity;
  let isStopped = false;
  let isNear = () => false;
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
          get records() {
            return [...records.values()];
          },
          find: (key) => records.get(key),
          keep: async (record) => {
            calls.push(`plan ${record.batch?.sent}`);
            records.set(record.key, record);
          },
        },
        heartbeat: {
          get isStopped() {
            return isStopped;
          },
          requireLease: () => {},
          keep: ({ batches: known }) => calls.push(`${known?.size} batches`),
        },
        sliceEnd: { isNear: () => isNear(), took: () => {} },
        traceparent: undefined,
      },
      {
        batches: Object.assign(batches, {
          create: async (root: Parameters<InMemoryBatches['create']>[0]) => {
            calls.push('root');
            return create(root);
          },
        }),
        childQueues: {
          long: {
            sendAll: async (messages, mayGoOn) => {
              if (sent.length >= room) throw new Error('its worker is gone');
              calls.push(`send ${messages.length}`);
              for (const message of messages) {
                if (sent.length >= endsAfter) isStopped = true;
                if (!mayGoOn()) throw new SendingStoppedError('the attempt has ended');
                sent.push(message);
              }
            },
          },
          ordered: {
            sendAll: async (messages) => {
              calls.push(`send ${messages.length} in groups`);
              sent.push(...messages);
            },
          },
        },
        contracts,
        store,
        objects,
        clock: new FixedClock(),
        random: fixedRandom(),
        family: { ended: async () => {} },
        spawnAllowance,
      },
    );
    const childCalls = {
      spawn: (...all: Parameters<JobChildren['spawn']>) => children.spawn(...all),
      settled: (...all: Parameters<JobChildren['settled']>) => children.settled(...all),
      ends: (...all: Parameters<JobChildren['ends']>) => children.ends(...all),
      read: (name: string, from: number) => objects.read(name, { from }),
    };
    return childrenOf(childCalls, contracts);
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
    /** Since when nobody has looked for lost children. Somebody has asked for that. */
    wasLookedAt: (lookedAt: number) => {
      for (const [batch, root] of batches.roots) {
        const createdAt = Math.min(root.createdAt, lookedAt);
        batches.roots.set(batch, { ...root, createdAt, lookedAt, wantedAt: lookedAt + 1 });
      }
    },
    endSlicesWhen: (isSo: () => boolean) => {
      isNear = isSo;
    },
    allHaveEnded: async () => {
      for (const { batch, round, shard } of batches.stored.values()) {
        const { size } = { size: 0, ...batches.stored.get(`batch/${batch}/${round}/${shard}`) };
        const ended = Array.from({ length: size }, (_, at) => shard * 100 + at);
        await batches.add({ batch, round, shard, ended, unsuccessful: [], expiresAt: 1 });
        await batches.addFull({ batch, round, shard, unsuccessful: 0 });
      }
    },
    /** As the process that has ended them counts them. */
    endSome: async (ended: number[], unsuccessful: number[]) => {
      for (const { batch, round, shard } of batches.stored.values()) {
        const ends = [ended, unsuccessful].map((all) =>
          all.filter((index) => Math.floor(index / 100) === shard),
        );
        const [own = [], failed = []] = ends;
        if (own.length === 0) continue;
        const after = await batches.add({
          batch,
          round,
          shard,
          ended: own,
          unsuccessful: failed,
          expiresAt: 1,
        });
        if (after) await addEarlyEnds(after, { ended: own, unsuccessful: failed }, { batches });
      }
    },
    breakAfter: (messages: number) => {
      room = messages;
    },
    endAttemptAfter: (messages: number) => {
      endsAfter = messages;
    },
    mend: () => {
      [isStopped, endsAfter] = [false, Infinity];
      room = Infinity;
    },
  };
}

export const three: Children<typeof counting> = { count: 3, payload: (index) => ({ seconds: index }) };
