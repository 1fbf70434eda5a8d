import { ConflictError } from '../../shared/domain/base/errors.ts';
import type { Clock } from '../../shared/domain/base/ports.ts';
import type {
  GroupMove,
  GroupPlace,
  MovablePlaces,
  UnfinishedGroups,
  UnfinishedWork,
} from '../../shared/domain/state/group-place.ts';
import { validMs } from '../../shared/domain/state/tenant-queues.ts';

/**
 * How long a phase `closed` lasts at least, from when its process has seen that it is closed. No process acts on what it has read before for
 * longer than `validMs`. Two moves take longer than the five minutes in which SQS swallows a message that comes back to its first queue.
 */
export const closedMs = 4 * validMs;
/** Between two looks at the table, of which each reads all of it. Most have heard of the move by the first one. */
const [firstLookMs, lastLookMs] = [validMs, 15 * 60_000];

/** How a move stands, for the operator. */
export type MoveProgress =
  | { readonly kind: 'drains'; readonly unfinished: readonly UnfinishedWork[] }
  | { readonly kind: 'closed' }
  /** Something came in between: the queue drains again. */
  | { readonly kind: 'reopened'; readonly unfinished: readonly UnfinishedWork[] };

interface MoveDependencies {
  readonly places: MovablePlaces;
  readonly unfinished: UnfinishedGroups;
  readonly clock: Clock;
  readonly tell: (progress: MoveProgress) => void;
}

interface TenantMove {
  readonly tenant: string;
  readonly to: number;
}

/**
 * Moves a tenant to another ordered queue, and waits as long as that takes. Whoever dies is followed by another call, which goes on: all that
 * is known of the move is in the place of the tenant.
 * @throws ConflictError if the tenant has no queue yet, or is moved to another one; StoreUnavailableError
 */
export async function moveTenant({ tenant, to }: TenantMove, deps: MoveDependencies): Promise<void> {
  let lookMs = firstLookMs;
  for (let hasBegun = false; ; hasBegun = true) {
    const place = await placeOf(tenant, deps);
    const { queue, move } = place;
    if (move) {
      if (move.to !== to)
        throw new ConflictError(`The tenant is being moved to the queue ${move.to}: cancel that first.`);
      lookMs = await goOn({ tenant, place, move, lookMs }, deps);
    } else {
      if (queue === to) return;
      if (hasBegun) throw new ConflictError('Somebody has canceled the move.');
      await deps.places.change(tenant, place, { queue, move: { to, phase: 'drain' } });
    }
  }
}

interface Moving {
  readonly tenant: string;
  /** As it was read before the wait: whoever changes it meanwhile has another say. */
  readonly place: GroupPlace;
  readonly move: GroupMove;
  readonly lookMs: number;
}

/** Waits, looks, and begins the next phase if nothing is unfinished. @returns how long to wait until the next look */
async function goOn(
  { tenant, place, move: { to, phase }, lookMs }: Moving,
  { places, unfinished, clock, tell }: MoveDependencies,
): Promise<number> {
  const { queue } = place;
  const isClosed = phase === 'closed';
  if (isClosed) tell({ kind: 'closed' });
  await clock.sleep(isClosed ? closedMs : lookMs);
  const left = await unfinished.find(tenant);
  if (left.length === 0) {
    await places.change(tenant, place, isClosed ? { queue: to } : { queue, move: { to, phase: 'closed' } });
    return firstLookMs;
  }
  tell({ kind: isClosed ? 'reopened' : 'drains', unfinished: left });
  if (!isClosed) return Math.min(2 * lookMs, lastLookMs);
  await places.change(tenant, place, { queue, move: { to, phase: 'drain' } });
  return firstLookMs;
}

/**
 * Ends a move that is not over: the tenant stays where it is.
 * @returns the queue that the tenant has, and whether there was a move
 * @throws ConflictError, StoreUnavailableError
 */
export async function cancelMove(
  tenant: string,
  deps: Pick<MoveDependencies, 'places'>,
): Promise<{ readonly queue: number; readonly wasMoving: boolean }> {
  for (let wasMoving = false; ; wasMoving = true) {
    const place = await placeOf(tenant, deps);
    const { queue, move } = place;
    if (move === undefined) return { queue, wasMoving };
    await deps.places.change(tenant, place, { queue });
  }
}

async function placeOf(tenant: string, { places }: Pick<MoveDependencies, 'places'>): Promise<GroupPlace> {
  const place = await places.read(tenant);
  if (!place)
    throw new ConflictError('The tenant has no ordered queue yet: its first job of a group gives it one.');
  return place;
}
