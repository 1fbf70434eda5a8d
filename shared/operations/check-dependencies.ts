import { InvalidRequestError, type Violation } from '../job/errors.ts';
import type { JobStore } from '../job/ports.ts';

interface Dependent {
  readonly tenant: string;
  readonly dependsOn?: readonly string[] | undefined;
}

/**
 * Checks that all dependencies are jobs of the same tenant. Nobody learns whether another tenant has a job of some id.
 * @throws InvalidRequestError, with a violation for every id that is not known; StoreUnavailableError
 */
export async function checkDependencies(
  { tenant, dependsOn = [] }: Dependent,
  { store }: { readonly store: JobStore },
): Promise<void> {
  const jobs = await Promise.all(dependsOn.map((id) => store.read(id)));
  const violations = jobs.flatMap((job, index): Violation[] =>
    job?.tenant === tenant ? [] : [{ pointer: `/dependsOn/${index}`, detail: 'there is no job of this id' }],
  );
  if (violations.length > 0)
    throw new InvalidRequestError('The job depends on jobs that do not exist.', violations);
}
