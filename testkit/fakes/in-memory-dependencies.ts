import type { DependencyReader, JobReader } from '../../shared/domain/state/ports.ts';

const unitBytes = 4 * 1024;

/**
 * The jobs of a store, with what DynamoDB bills for a read of each. It passes the same contract tests as the adapter.
 */
export const inMemoryDependencies = (store: JobReader): DependencyReader => ({
  read: async (id) => {
    const job = await store.read(id);
    return { job, units: Math.ceil((job ? JSON.stringify(job).length : 1) / unitBytes) };
  },
});
