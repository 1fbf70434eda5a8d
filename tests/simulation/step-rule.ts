import type { JobContext } from '../../shared/author/handler.ts';
import { stateNameOf } from '../../shared/domain/objects/stored-object.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { hasSucceeded } from '../../shared/domain/state/job/transitions.ts';
import { readSavedSteps, readStepBlock } from '../../shared/domain/state/stored/saved-steps.ts';
import type { Effect } from './effect.ts';
import { Violation } from './violation.ts';

type Holder = Pick<JobContext, 'id' | 'fencingToken'>;
type Objects = ReadonlyMap<string, Uint8Array>;

/** What a step returned is stored before it returns, is kept, and is not made again. */
export class StepRule {
  /** The work of a step begins. */
  onWork(job: Holder, key: string, item: JobItem | undefined, objects: Objects): void {
    if (isHeld(job, item) && resultsOf(item, objects).has(key))
      throw new Violation('a stored result is not made again', `${key} of ${job.id}`);
  }

  onResult(job: Holder, { key, result }: Returned, item: JobItem | undefined, objects: Objects): void {
    if (!isHeld(job, item)) return;
    const stored = resultsOf(item, objects).get(key);
    if (stored !== JSON.stringify({ result }))
      throw new Violation('what a step returns is stored', `${key} of ${job.id}: ${stored}`);
  }

  onWrite({ write, before, after }: Effect, objects: Objects): void {
    if (before?.steps === undefined || hasSucceeded(after.status) || after.erased) return;
    // Most writes leave the text as it is, and both would be read from the same objects.
    if (before.steps === after.steps) return;
    const kept = resultsOf(after, objects);
    for (const [key, result] of resultsOf(before, objects))
      if (kept.get(key) !== result)
        throw new Violation('a stored result is kept', `${key} of ${after.id}, after ${write.transition}`);
  }
}

interface Returned {
  readonly key: string;
  readonly result: unknown;
}

const isHeld = ({ fencingToken }: Holder, item: JobItem | undefined): item is JobItem =>
  item?.status === 'running' && item.fencingToken === fencingToken;

/** The results by their keys, as JSON texts. A result may be undefined. */
export function resultsOf(item: JobItem, objects: Objects): ReadonlyMap<string, string> {
  const { blocks, records } = readSavedSteps(item.steps);
  const inBlocks = blocks.flatMap((uuid) => {
    const bytes = objects.get(stateNameOf(item, uuid));
    return bytes ? readStepBlock(Buffer.from(bytes).toString('utf8')) : [];
  });
  const all = [...inBlocks, ...records].filter(({ failed }) => !failed);
  return new Map(all.map(({ key, result }) => [key, JSON.stringify({ result })]));
}
