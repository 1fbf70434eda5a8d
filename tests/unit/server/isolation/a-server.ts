import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { isolateJobs } from '../../../../server/isolation/isolate-jobs.ts';
import { systemClock, systemRandom } from '../../../../shared/aws/clients/clients.ts';
import { ParentNotifier } from '../../../../shared/delivery/notify-parent.ts';
import type { JobItem } from '../../../../shared/domain/state/job/item.ts';
import { type JobMessage, writeMessage } from '../../../../shared/domain/state/job/message.ts';
import { processDelivery } from '../../../../shared/worker/attempt/process-delivery.ts';
import type { WorkerDependencies } from '../../../../shared/worker/gates/before-claim.ts';
import { serverInvocation } from '../../../../shared/worker/hold/invocation.ts';
import { inMemoryBatches } from '../../../../testkit/fakes/in-memory-batches.ts';
import { noChildren } from '../../../../testkit/fakes/no-children.ts';
import { keep } from '../../../kept-output.ts';
import { aDelivery, aMessage, jobId } from '../../../set-ups/samples.ts';
import { aWorker } from '../../../set-ups/worker.ts';
import { probeContracts, probeHandlers } from './probe-handlers.ts';

const entries = ['./probe-process.ts', './held-process.ts'];
/** As deployed, a process of a job has one file: to load its modules takes twice as long, more than a hundred times. */
const bundles = await keep(
  'probe-processes',
  { paths: ['server/isolation', 'shared', 'tests/unit/server/isolation'] },
  async (outdir) => {
    const entryPoints = entries.map((entry) => join(import.meta.dirname, entry));
    const format = { format: 'esm', outExtension: { '.js': '.mjs' } } as const;
    await build({ entryPoints, bundle: true, platform: 'node', ...format, outdir });
  },
);
export const probeProcess = join(bundles, 'probe-process.mjs');
/** As `probeProcess`, once a file `go` is in its folder. */
export const heldProcess = join(bundles, 'held-process.mjs');

const made: string[] = [];

/** Removes the folders of all servers. */
export function removeFolders(): void {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
}

/** A worker of a server on fakes, and in real time. It runs probes in processes of their own, or in this one. */
export function aServer({
  isolated = true,
  entry = probeProcess,
  leaseMs = 60_000,
  heartbeatMs = 20_000,
  ports = {} as Partial<Pick<WorkerDependencies, 'objects' | 'multipart'>>,
} = {}) {
  const { deps, store, objects, log, pointers } = aWorker();
  const batches = inMemoryBatches();
  const family = new ParentNotifier({ store, pointers, batches, clock: systemClock });
  const spawned: JobMessage[] = [];
  const server = { sendAll: async (messages: readonly JobMessage[]) => void spawned.push(...messages) };
  const folder = mkdtempSync(join(tmpdir(), 'isolation-'));
  made.push(folder);
  const own = { clock: systemClock, random: systemRandom, contracts: probeContracts, leaseMs, heartbeatMs };
  const isolate = isolateJobs({
    ...own,
    handlers: probeHandlers,
    entry,
    environment: process.env,
    folder,
    log,
  });
  const requested = new AbortController();
  const drained = new AbortController();
  const stopping = { requested: requested.signal, drained: drained.signal };
  const run = (payload: unknown, { id = jobId, type = 'probe', ...before }: Partial<JobItem> = {}) =>
    deliver(aMessage({ id, type, payload }), before);
  const deliver = async (message: JobMessage, before: Partial<JobItem> = {}) => {
    const { id } = message;
    const earlier = store.items.get(id);
    if (earlier) store.items.set(id, { ...earlier, ...before });
    // Of a job that waits, the copy that admission makes from its item.
    const { left } = store.items.get(id) ?? {};
    const delivery = aDelivery({ body: writeMessage({ ...message, left }), sentAt: systemClock.now() });
    const disposition = await processDelivery(
      delivery,
      serverInvocation({ isIsolated: true, stopping }, systemClock),
      {
        ...deps,
        ...noChildren(batches),
        ...own,
        ...ports,
        family,
        childQueues: { server },
        submitter: { submit: async ({ by: _, traceparent: __, ...order }) => JSON.stringify(order) },
        handlers: isolated && !message.parent ? isolate(delivery) : probeHandlers,
      },
    );
    return { disposition, item: store.items.get(id) };
  };
  /** Runs the children that were sent since, or the first ones of them, in this process. */
  const runChildren = (count = spawned.length) =>
    Promise.all(spawned.splice(0, count).map((message) => deliver(message)));
  const removeChild = (index: number) => {
    for (const { id, parent } of store.items.values()) if (parent?.index === index) store.items.delete(id);
  };
  /** The folders of jobs that are there. */
  const folders = () => readdirSync(folder);
  return {
    run,
    /** The messages of children that were sent, and have not run. */
    spawned,
    runChildren,
    removeChild,
    store,
    batches,
    objects,
    log,
    folder,
    folders,
    drain: () => drained.abort(),
  };
}
