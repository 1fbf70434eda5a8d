import { unreachable } from '../domain/base/errors.ts';
import type { Clock } from '../domain/base/ports.ts';
import type { JobItem } from '../domain/state/job/item.ts';
import { maxDependents } from '../domain/state/job/item-budget.ts';
import type { JobMessage } from '../domain/state/job/message.ts';
import type { JobStore } from '../domain/state/ports.ts';
import { registerDependentWrite } from '../domain/state/writes/admission-writes.ts';

/** The state of a dependency, as the job that waits for it sees it. For several dependencies, the worst counts. */
export type DependencyState =
  /** The dependency has succeeded. */
  | { readonly kind: 'met' }
  /** It has not finished, and will wake the job that waits for it. */
  | { readonly kind: 'registered' }
  /** It has not finished, and the job is not registered with it yet. */
  | { readonly kind: 'unregistered' }
  /** It has not finished, and too many jobs wait for it to register another. */
  | { readonly kind: 'full' }
  /** It will never succeed. */
  | { readonly kind: 'broken'; readonly why: string };

interface CheckDependencies {
  readonly store: JobStore;
  readonly clock: Clock;
}

/**
 * The registration is refused if the dependency ends meanwhile, which a retry by the user may undo; but only so often.
 */
const maxTries = 5;

const worstFirst = ['broken', 'unregistered', 'full', 'registered', 'met'] as const;

/** Checks all dependencies of a job, and registers it with those that have not finished: they will wake it. */
export const registerOnDependencies = (
  message: JobMessage,
  deps: CheckDependencies,
): Promise<DependencyState> => worstOf(message, (id) => registerOn(id, message.id, deps));

/** Checks all dependencies of a job. */
export const checkDependencies = (message: JobMessage, deps: CheckDependencies): Promise<DependencyState> =>
  worstOf(message, async (id) => dependencyState(id, await deps.store.read(id), message.id));

async function worstOf(
  { options: { dependsOn = [] } }: JobMessage,
  check: (id: string) => Promise<DependencyState>,
): Promise<DependencyState> {
  const all = await Promise.all(dependsOn.map(check));
  const [worst = { kind: 'met' }] = worstFirst.flatMap((kind) => all.find((one) => one.kind === kind) ?? []);
  return worst;
}

async function registerOn(
  id: string,
  dependent: string,
  { store, clock }: CheckDependencies,
): Promise<DependencyState> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const found = dependencyState(id, await store.read(id), dependent);
    if (found.kind !== 'unregistered') return found;
    if (await store.write(registerDependentWrite(id, dependent, clock.now()))) return { kind: 'registered' };
  }
  return { kind: 'unregistered' };
}

function dependencyState(id: string, item: JobItem | undefined, dependent: string): DependencyState {
  const broken = (what: string): DependencyState => ({
    kind: 'broken',
    why: `Job ${id}, which this one depends on, ${what}.`,
  });
  if (!item) return broken('is not known any more');
  switch (item.status) {
    case 'succeeded':
      return { kind: 'met' };
    case 'failed':
      return broken('failed');
    case 'canceled':
      return broken('was canceled');
    case 'queued':
    case 'waiting':
    case 'running': {
      const { dependents = new Set() } = item;
      if (dependents.has(dependent)) return { kind: 'registered' };
      return { kind: dependents.size >= maxDependents ? 'full' : 'unregistered' };
    }
    default:
      return unreachable(item.status);
  }
}
