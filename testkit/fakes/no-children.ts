import { inMemoryBatches } from './in-memory-batches.ts';

/** What a worker, or who ends jobs, is given where no job spawns any. */
export const noChildren = (batches = inMemoryBatches()) => ({
  batches,
  recentRoots: batches,
  childQueues: {},
  family: { ended: async () => undefined, runsAgain: async () => undefined },
});
