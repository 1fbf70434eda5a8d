import type { JobContract } from '../../shared/author/contract.ts';
import type { Child, ChildBatch, Children, JobContext } from '../../shared/author/handler.ts';
import { PlanChangedError } from '../../shared/domain/base/errors.ts';
import { maxChildren } from '../../shared/domain/children/batch.ts';
import { payloadsOf } from '../../shared/worker/children/child-batch.ts';
import type { Attempt } from './attempt.ts';
import { makeCall, type Watching } from './watch-calls.ts';

interface Within {
  readonly attempt: Attempt;
  readonly watching: Watching;
}

/** What a handler asks for under a key. */
interface SpawnCall<Contract extends JobContract> {
  readonly key: string;
  readonly contract: Contract;
  readonly children: Children<Contract>;
}

/** The calls that spawn children, and those that wait for them, are numbered, and what they ask for is noted. */
export function watchChildren(
  job: Pick<JobContext<never>, 'spawn' | 'call'>,
  within: Within,
): Pick<JobContext<never>, 'spawn' | 'call'> {
  const { watching } = within;
  const findChange = (error: unknown): never => {
    if (error instanceof PlanChangedError) watching.journal.find('children change', error.message);
    throw error;
  };
  return {
    spawn: (key, given, children) => {
      const contract = watching.childType(given).contract as typeof given;
      note({ key, contract, children }, within);
      const detail = `${key}: ${'list' in children ? children.list.length : children.count}`;
      const perform = async () =>
        watchBatch(key, await job.spawn(key, contract, children).catch(findChange), within);
      return makeCall({ what: 'spawn', name: 'spawn', detail }, perform, within);
    },
    call: (key, given, payload) => {
      const contract = watching.childType(given).contract as typeof given;
      note({ key, contract, children: { list: [payload] } }, within);
      watching.journal.spawned.await(key);
      const perform = () => job.call(key, contract, payload).catch(findChange);
      return makeCall({ what: 'spawn', name: 'call', detail: key }, perform, within);
    },
  };
}

/** In every start of the handler: the engine asks for the payloads once. */
function note<Contract extends JobContract>(
  { key, contract, children }: SpawnCall<Contract>,
  { attempt, watching: { journal, childType } }: Within,
): void {
  if (attempt.process.isDead) return;
  const { name: type } = childType(contract);
  const isEndSaid = children.whenParentEnds !== undefined;
  let payloads: readonly unknown[];
  try {
    payloads = allPayloadsOf(key, children);
  } catch {
    // The engine's own call throws it, too.
    return;
  }
  const difference = journal.spawned.ask(key, { type, payloads, isEndSaid });
  if (difference !== undefined) journal.find('payload of a child changes', difference);
}

function allPayloadsOf<Contract extends JobContract>(
  key: string,
  children: Children<Contract>,
): readonly unknown[] {
  const { count, payload } = payloadsOf(key, children);
  if (!(Number.isInteger(count) && count >= 0 && count <= maxChildren)) return [];
  return Array.from({ length: count }, (_, index) => payload(index));
}

function watchBatch<Contract extends JobContract>(
  key: string,
  batch: ChildBatch<Contract>,
  within: Within,
): ChildBatch<Contract> {
  const { attempt, watching } = within;
  const wait = <T>(name: string, perform: () => Promise<T>): Promise<T> => {
    watching.journal.spawned.await(key);
    return makeCall({ what: 'sleep', name, detail: key }, perform, within);
  };
  return {
    ...batch,
    settled: () => wait('settled', () => batch.settled()),
    succeeded: () => wait('succeeded', () => batch.succeeded()),
    async *results() {
      // That they come one after another is not numbered.
      await wait('results', () => batch.settled());
      for await (const child of batch.results()) {
        await attempt.process.alive();
        yield watchChild(child, within);
      }
    },
  };
}

/** That its output is read is a call, as with an object; that bytes arrive one after another is none. */
function watchChild<Contract extends JobContract>(child: Child<Contract>, within: Within): Child<Contract> {
  if (!('result' in child) || !child.output) return child;
  const { output } = child;
  return {
    ...child,
    output: {
      ...output,
      async *stream(options = {}) {
        const detail = `child ${child.index} from ${options.from ?? 0}`;
        const call = { what: 'object', name: 'output stream', detail } as const;
        await makeCall(call, async () => undefined, within);
        for await (const chunk of output.stream(options)) {
          await within.attempt.process.alive();
          yield chunk;
        }
      },
    },
  };
}
