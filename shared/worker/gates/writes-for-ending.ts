import { StoreUnavailableError, unreachable } from '../../domain/base/errors.ts';
import type { Clock } from '../../domain/base/ports.ts';
import {
  handOverWrite,
  interruptWrite,
  type Lease,
  outcomeWrite,
  type Report,
  releaseWrite,
} from '../../domain/state/writes/holder-writes.ts';
import type { JobWrite } from '../../domain/state/writes/job-write.ts';
import { type Ending, isRefusedForGood } from '../hold/error-policy.ts';

interface EndReport extends Report {
  readonly retentionMs: number;
  readonly keepChildrenMs?: number | undefined;
  /**
   * Whether a worker must call the handler's `cancel` first. Then the write is not made here: the next delivery sees to
   * it.
   */
  readonly mustPassCancelOn: boolean;
}

/** The write that stores an ending, and the one to make if it is refused because a cancel was requested. */
export function writesFor(ending: Ending, lease: Lease, report: EndReport): readonly JobWrite[] {
  const { now, mustPassCancelOn } = report;
  const orCanceled = (...writes: readonly JobWrite[]) =>
    mustPassCancelOn ? writes : [...writes, outcomeWrite(lease, { kind: 'canceled' }, report)];
  switch (ending.kind) {
    case 'succeeded':
    case 'failed':
    case 'canceled':
      return [outcomeWrite(lease, ending, report)];
    case 'retrying':
      return orCanceled(
        releaseWrite(lease, {
          ...report,
          notBefore: now + ending.delayMs,
          error: ending.error,
          waitedMs: ending.waitedMs,
          turn: ending.turn,
        }),
      );
    case 'handedOver':
      return orCanceled(handOverWrite(lease, report));
    case 'interrupted':
      return orCanceled(interruptWrite(lease, report));
    case 'asleep':
      return orCanceled(...asleepWrites(ending, lease, report));
    case 'lost':
      return [];
    default:
      return unreachable(ending);
  }
}

/** If an answer has come that the slice does not know of, the next one begins at once. */
function asleepWrites(
  { sleepMs, ...waits }: Extract<Ending, { kind: 'asleep' }>,
  lease: Lease,
  report: EndReport,
): readonly JobWrite[] {
  const sleep = handOverWrite(lease, { ...report, wakeAt: report.now + sleepMs, ...waits });
  return waits.forSignals ? [sleep, handOverWrite(lease, report)] : [sleep];
}

const [firstPauseMs, maxPauseMs] = [1_000, 8_000];

/**
 * Makes the write by which an attempt ends, again and again while the table refuses it. An item may be throttled for
 * some seconds. Without its end, all that the attempt has done would be done again, and the next attempt would count.
 * @param giveUpAt epoch milliseconds: from then on another worker may have the job, or this one has no time left
 * @throws StoreUnavailableError, and what the write throws
 */
export async function untilStored<T>(
  write: () => Promise<T>,
  { giveUpAt, clock }: { readonly giveUpAt: number; readonly clock: Clock },
): Promise<T> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, maxPauseMs)) {
    try {
      return await write();
    } catch (thrown) {
      const mayPass = thrown instanceof StoreUnavailableError && !isRefusedForGood(thrown);
      if (!mayPass || clock.now() + pauseMs >= giveUpAt) throw thrown;
      await clock.sleep(pauseMs);
    }
  }
}
