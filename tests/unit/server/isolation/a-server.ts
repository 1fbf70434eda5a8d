import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isolateJobs } from '../../../../server/isolation/isolate-jobs.ts';
import { systemClock, systemRandom } from '../../../../shared/aws/clients.ts';
import type { JobItem } from '../../../../shared/domain/state/item.ts';
import { writeMessage } from '../../../../shared/domain/state/message.ts';
import type { WorkerDependencies } from '../../../../shared/worker/before-claim.ts';
import { serverInvocation } from '../../../../shared/worker/invocation.ts';
import { processDelivery } from '../../../../shared/worker/process-delivery.ts';
import { aDelivery, aMessage, jobId } from '../../../set-ups/samples.ts';
import { aWorker } from '../../../set-ups/worker.ts';
import { probeContracts, probeHandlers } from './probe-handlers.ts';

export const probeProcess = fileURLToPath(new URL('./probe-process.ts', import.meta.url));
/** As `probeProcess`, once a file `go` is in its folder. */
export const heldProcess = fileURLToPath(new URL('./held-process.ts', import.meta.url));

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
  const { deps, store, objects, log } = aWorker();
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
  const run = async (payload: unknown, { id = jobId, type = 'probe', ...before }: Partial<JobItem> = {}) => {
    const message = aMessage({ id, type, payload });
    const earlier = store.items.get(id);
    if (earlier) store.items.set(id, { ...earlier, ...before });
    const delivery = aDelivery({ body: writeMessage(message), sentAt: systemClock.now() });
    const disposition = await processDelivery(
      delivery,
      serverInvocation({ isIsolated: true, stopping }, systemClock),
      { ...deps, ...own, ...ports, handlers: isolated ? isolate(delivery) : probeHandlers },
    );
    return { disposition, item: store.items.get(id) };
  };
  /** The folders of jobs that are there. */
  const folders = () => readdirSync(folder);
  return { run, store, objects, log, folder, folders, drain: () => drained.abort() };
}
