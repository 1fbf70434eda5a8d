import { randomUUID } from 'node:crypto';
import { serveJob } from '../../../../server/isolation/serve-job.ts';
import { probeContracts, probeHandlers } from './probe-handlers.ts';

/** The process of a probe. */
serveJob(process.argv, {
  contracts: probeContracts,
  handlers: probeHandlers,
  clock: { now: () => Date.now() },
  random: { uuid: () => randomUUID() },
});
