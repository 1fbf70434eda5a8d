import { contractOf, type JobContract } from '../../shared/author/contract.ts';
import type { JobContext } from '../../shared/author/handler.ts';
import type { RunningLimit, WorkLimit } from '../../shared/author/work-limit.ts';
import { PermanentError } from '../../shared/domain/base/errors.ts';
import { isInLine, placeAwaited } from '../../shared/domain/state/job/item.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import type { SeededRandom } from '../../testkit/play/seeded-random.ts';
import type { Client } from './client.ts';
import type { Call, Fault } from './faults.ts';
import { keepChildrenMs, retentionMs } from './limits.ts';
import type { World } from './world.ts';

/*
 * What takes days: each story is played beside a family of seeds, with all waits a thousand times as long, in tables that forget. Its own times
 * are written so that they are what they say after that.
 */

/** What a seed plays beside its other jobs. */
export interface Story {
  readonly name: string;
  readonly arrange: (world: World) => void;
  readonly act: (client: Client, random: SeededRandom) => Promise<void>;
  /** What goes wrong with calls, beside what the seed has. */
  readonly plan?: (random: SeededRandom) => (call: Call, world: World) => Fault | undefined;
}

type Sheet = World['handlers']['contact-sheet'];
type SheetJob = Parameters<Sheet>[1];
type Limits = readonly (WorkLimit | RunningLimit)[];

/** Mixtures have contracts of their own, and children are made by those. */
function contractIn({ contracts }: World, type: 'counting' | 'contact-sheet'): JobContract {
  const contract = contractOf(contracts, type);
  if (contract) return contract;
  throw new Error(`there is no type ${type}`);
}

export const timesLonger = 1_000;
const dayMs = (24 * 3600_000) / timesLonger;
const daySeconds = dayMs / 1000;
const retentionDays = retentionMs / timesLonger / dayMs;
const keepChildrenDays = keepChildrenMs / timesLonger / dayMs;

const leaf = { count: 1, type: 'counting', failing: [] } satisfies Parameters<Sheet>[0];
const nothing = { count: 0, sum: 0, starts: 0, build: '' };

/** A parent of a story. `count` says which job of it this one is: 0 is the parent, and its children are sheets of other numbers. */
const withSheets =
  (...jobs: readonly ((job: SheetJob, world: World) => Promise<unknown>)[]) =>
  (world: World): void => {
    const reports: Sheet = async ({ count }, job) => {
      await jobs[count]?.(job, world);
      return nothing;
    };
    world.handlers = { ...world.handlers, 'contact-sheet': reports };
  };

const submitSheet = (client: Client, key: string) =>
  client.insist({ key, type: 'contact-sheet', payload: { count: 0 }, maxAttempts: 3 });

/** A client looks for eleven days, and then again. */
const untilEnd = async (client: Client, id: string) =>
  (await client.until(id, 'failed', 'succeeded')) ?? client.until(id, 'failed', 'succeeded');

/** Reports of a story run for so long, and their type has a limit. */
const withReports =
  (seconds: number, ...limits: Limits) =>
  (world: World): void => {
    const { 'render-report': contract } = world.contracts;
    if (contract)
      world.contracts = { ...world.contracts, 'render-report': { ...contract, needs: [], limits } };
    const report: World['handlers']['render-report'] = Object.assign(
      async (_payload: unknown, job: Pick<JobContext, 'pause'>) => {
        await job.pause(seconds);
        return { url: 'https://reports.example/1' };
      },
      { cancel: async () => {} },
    );
    world.handlers = { ...world.handlers, 'render-report': report };
  };

const submitReport = (client: Client, key: string) =>
  client.insist({ key, type: 'render-report', payload: { month: key }, maxAttempts: 3 });

/** A start a day: the rate remembers the last one for as long. */
const oneADay: Story = {
  name: 'a limit of one start a day',
  arrange: withReports(1, { key: 'daily', perSecond: 1 / 86_400 }),
  act: async (client, random) => {
    for (let jobs = 0; jobs < 5; jobs += 1) {
      await submitReport(client, `report ${jobs}`);
      await client.pause(random.below(dayMs));
    }
  },
};

const inLine = 40;
const minuteMs = 60_000;
const reportsOf = ({ table }: World) =>
  [...table.items.values()].filter(({ type }) => type === 'render-report');

/** Whether a job was just woken at whom nobody would look for long. */
const isAnyLongForgotten = (world: World): boolean =>
  reportsOf(world).some(
    (item) =>
      placeAwaited(item) !== undefined &&
      !isInLine(item) &&
      (item.lookAt ?? 0) > world.time.now + 17 * minuteMs,
  );

/** A line that is so long that a job has waited for half an hour when the worker dies that wakes it, and hardly any are behind it. */
const longLine: Story = {
  name: 'a long line for one place, and who wakes one of them dies',
  arrange: withReports(45, { key: 'place', running: 1 }),
  act: async (client) => {
    await Promise.all(Array.from({ length: inLine }, (_, index) => submitReport(client, `report ${index}`)));
  },
  plan: () => {
    let isLost = false;
    return ({ what }, world) => {
      const ended = reportsOf(world).filter(({ status }) => isTerminal(status)).length;
      if (isLost || what !== 'send a pointer' || ended < inLine - 12) return undefined;
      isLost = isAnyLongForgotten(world) || ended > inLine - 3;
      return isLost ? 'crash-before' : undefined;
    };
  },
};

/** Its children wait for longer than its root is kept. */
const leavesChildren: Story = {
  name: 'children that were left outlive the root of their batch',
  arrange: withSheets(
    async (job, world) => {
      await job.spawn('left', contractIn(world, 'contact-sheet'), {
        list: [leaf, leaf],
        whenParentEnds: 'leave',
      });
    },
    async (job) => {
      await job.waitFor('weeks', { until: (retentionDays + 5) * daySeconds });
    },
  ),
  act: async (client, random) => {
    await submitSheet(client, 'leaves');
    await client.pause(random.below(2 * dayMs));
  },
};

const failing = { seconds: 0, failFirst: 9 };

/** It is retried, and asks for its children again, when their items have expired. */
const childrenAgain: Story = {
  name: 'children are made again whose items have expired',
  arrange: withSheets(async (job, world) => {
    const batch = await job.spawn('again', contractIn(world, 'counting'), {
      list: [failing, { seconds: 1 }, failing],
    });
    await batch.settled();
    await job.waitFor('weeks', { until: (keepChildrenDays + 1) * daySeconds });
    if (job.run === 1) throw new PermanentError('it fails late');
  }),
  act: async (client, random) => {
    const { job } = await submitSheet(client, 'again');
    if (!job) return;
    await untilEnd(client, job.id);
    await client.pause(random.below(dayMs));
    await client.retry(job.id);
  },
};

/** It is retried right before its root expires, and does something else first. */
const retriedLate: Story = {
  name: 'a parent is retried late, and waits before it asks for its children again',
  arrange: withSheets(async (job, world) => {
    if (job.run > 1) await job.waitFor('first', { until: 6 * daySeconds });
    const batch = await job.spawn('late', contractIn(world, 'counting'), { list: [failing, { seconds: 1 }] });
    await batch.settled();
    if (job.run === 1) throw new PermanentError('its children have failed');
  }),
  act: async (client, random) => {
    const { job } = await submitSheet(client, 'late');
    if (!job) return;
    await untilEnd(client, job.id);
    await client.pause((retentionDays - 3) * dayMs + random.below(2 * dayMs));
    await client.retry(job.id);
  },
};

/** It looks at its children when their shard has expired. */
const looksLate: Story = {
  name: 'a parent waits for more than 400 days before it counts its children',
  arrange: withSheets(async (job, world) => {
    // The key of a debounced job is known for 30 days.
    if (contractIn(world, 'contact-sheet').debounce) return;
    const batch = await job.spawn('late', contractIn(world, 'counting'), {
      list: [failing, { seconds: 1 }, { seconds: 0 }],
    });
    await job.waitFor('a year', { until: 340 * daySeconds });
    await job.waitFor('more', { until: 80 * daySeconds });
    await batch.settled();
  }),
  act: async (client, random) => {
    await submitSheet(client, 'looks');
    await client.pause(random.below(dayMs));
  },
};

export const stories: readonly Story[] = [
  oneADay,
  longLine,
  leavesChildren,
  childrenAgain,
  retriedLate,
  looksLate,
];
