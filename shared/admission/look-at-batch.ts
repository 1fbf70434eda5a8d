import type { Clock } from '../domain/base/ports.ts';
import {
  type BatchRoot,
  type BatchShard,
  childIdOf,
  indexesOf,
  isFullIn,
  isLookWanted,
  isTimeToLook,
  lookEveryMs,
  lookedAtOf,
  rootLacksEnds,
  shardOf,
  shardsOf,
} from '../domain/children/batch.ts';
import type { BatchLooks } from '../domain/children/batch-ports.ts';
import { isSilent } from '../domain/children/silent.ts';
import type { JobReader } from '../domain/state/ports.ts';

export interface LookAtBatchDependencies {
  readonly store: JobReader;
  readonly batches: BatchLooks;
  readonly clock: Clock;
}

/** Children are sent in their order: so many of those that come next are looked at, and of those that come last. */
const [atFront, atEnd] = [200, 100];
/** So many are remembered from one look to the next. */
const maxSilent = 100;
const atATime = 20;

/**
 * Whether the parent of a batch is to look for lost children: somebody has asked for that, or none of the children that
 * were silent at the look before has shown itself since, or an end was counted and not told. In a queue that flows,
 * some have: what is behind them is late, and not lost. Then the silent ones of now are noted for the next look.
 * @throws StoreUnavailableError, NewerVersionError
 */
export async function mayHaveLost(root: BatchRoot, deps: LookAtBatchDependencies): Promise<boolean> {
  const { batches, clock } = deps;
  const now = clock.now();
  if (!isTimeToLook(root, now)) return false;
  if (isLookWanted(root)) return true;
  const noted = [...(root.silent ?? [])].map(Number);
  const wantLook = async () => (await batches.wantLook(root, now)) !== undefined;
  const { silent: still } = await lookAt(root, noted, { since: lookedAtOf(root), now }, deps);
  if (noted.length > 0 && still.length === noted.length) return wantLook();
  const { silent, rootLacksEnds } = await lookAt(
    root,
    sampleOf(root),
    { since: now - lookEveryMs, now },
    deps,
  );
  // Those that have ended do not show that the queue flows, and their messages may be gone.
  if (rootLacksEnds) return wantLook();
  // What has moved shows that the queue flows: the looks come as often as ever again.
  const vain = noted.length > 0 ? 0 : root.vain;
  await batches.noteLook(root, now, { silent: silent.slice(0, maxSilent), vain });
  return false;
}

/** The children of some shards. */
function sampleOf(root: BatchRoot): readonly number[] {
  const open = shardsOf(root).filter((shard) => !isFullIn(root, shard));
  const shardsFor = (children: number): number => Math.ceil(children / root.shardSize);
  const some = new Set([...open.slice(0, shardsFor(atFront)), ...open.slice(-shardsFor(atEnd))]);
  return [...some].flatMap((shard) => indexesOf(root, shard));
}

interface Looked {
  /** Those of the children that are silent, and whose end nobody has counted. */
  readonly silent: readonly number[];
  /** Whether somebody has counted ends, and has not told the root of them. */
  readonly rootLacksEnds: boolean;
}

async function lookAt(
  root: BatchRoot,
  indexes: readonly number[],
  at: { readonly since: number; readonly now: number },
  { batches, store }: LookAtBatchDependencies,
): Promise<Looked> {
  const shards = [...new Set(indexes.map((index) => shardOf(root, index)))];
  const found = await batches.shards(root.batch, root.round, shards);
  const isCounted = (index: number): boolean => endedIn(found, shardOf(root, index)).has(String(index));
  const open = indexes.filter((index) => !isCounted(index));
  const silent: number[] = [];
  for (let next = 0; next < open.length; next += atATime) {
    const some = open.slice(next, next + atATime);
    const items = await Promise.all(some.map((index) => store.read(childIdOf(root, index))));
    silent.push(...some.filter((_, place) => isSilent(items[place], { round: root.round, ...at })));
  }
  return { silent, rootLacksEnds: found.some((shard) => rootLacksEnds(root, shard)) };
}

const endedIn = (shards: readonly BatchShard[], shard: number): ReadonlySet<string> =>
  shards.find((each) => each.shard === shard)?.ended ?? new Set();
