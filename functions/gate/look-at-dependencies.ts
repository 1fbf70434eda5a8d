import type { JobItem } from '../../shared/contracts/job-item.ts';
import type { JobMessage } from '../../shared/contracts/job-message.ts';
import { isTerminal } from '../../shared/job.ts';
import type { Clock, JobStore } from '../../shared/ports.ts';
import { mostDependents } from '../../shared/protocol/condition.ts';
import { noteWrite } from '../../shared/protocol/gate-writes.ts';

/** How it stands with a job that another depends on; with several, as with the worst. */
export type Standing =
  | { readonly kind: 'met' }
  /** It will wake the job that waits for it. */
  | { readonly kind: 'noted' }
  /** It is not finished, and does not know yet that it is waited for. */
  | { readonly kind: 'unnoted' }
  /** It is not finished, and too many wait for it to be noted. */
  | { readonly kind: 'full' }
  | { readonly kind: 'broken'; readonly why: string };

interface LookDependencies {
  readonly store: JobStore;
  readonly clock: Clock;
}

/** A note is refused when the other job ends meanwhile, which a retry by the user may undo; but only so often. */
const mostTries = 5;

const worstFirst = ['broken', 'unnoted', 'full', 'noted', 'met'] as const;

/** Looks at all jobs that this one depends on, and notes it on those that are not finished, to be woken by them. */
export const noteOnDependencies = (message: JobMessage, deps: LookDependencies): Promise<Standing> =>
  worstOf(message, (id) => noteOn(id, message.id, deps));

/** Looks at all jobs that this one depends on. */
export const lookAtDependencies = (message: JobMessage, deps: LookDependencies): Promise<Standing> =>
  worstOf(message, async (id) => standing(id, await deps.store.read(id), message.id));

async function worstOf(
  { options: { dependsOn = [] } }: JobMessage,
  look: (id: string) => Promise<Standing>,
): Promise<Standing> {
  const all = await Promise.all(dependsOn.map(look));
  const [worst = { kind: 'met' }] = worstFirst.flatMap((kind) => all.find((one) => one.kind === kind) ?? []);
  return worst;
}

async function noteOn(id: string, dependent: string, { store, clock }: LookDependencies): Promise<Standing> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const found = standing(id, await store.read(id), dependent);
    if (found.kind !== 'unnoted') return found;
    if (await store.write(noteWrite(id, dependent, clock.now()))) return { kind: 'noted' };
  }
  return { kind: 'unnoted' };
}

function standing(id: string, item: JobItem | undefined, dependent: string): Standing {
  if (!item) return { kind: 'broken', why: `Job ${id}, which this one depends on, is not known any more.` };
  if (item.status === 'succeeded') return { kind: 'met' };
  if (isTerminal(item.status))
    return {
      kind: 'broken',
      why: `Job ${id}, which this one depends on, ${item.status === 'failed' ? 'failed' : 'was canceled'}.`,
    };
  const { dependents = new Set() } = item;
  if (dependents.has(dependent)) return { kind: 'noted' };
  return { kind: dependents.size >= mostDependents ? 'full' : 'unnoted' };
}
