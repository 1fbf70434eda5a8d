import { unreachable } from '../domain/base/errors.ts';
import {
  handOverWrite,
  interruptWrite,
  type Lease,
  outcomeWrite,
  type Report,
  releaseWrite,
} from '../domain/state/holder-writes.ts';
import type { JobWrite } from '../domain/state/job-write.ts';
import type { Ending } from './error-policy.ts';

interface EndReport extends Report {
  readonly retentionMs: number;
  /** Whether a worker must call the handler's `cancel` first. Then the write is not made here: the next delivery sees to it. */
  readonly mustPassCancelOn: boolean;
}

/** The write that stores an ending, and the one to make if it is refused because a cancel was requested. */
export function writesFor(ending: Ending, lease: Lease, report: EndReport): readonly JobWrite[] {
  const { now, mustPassCancelOn } = report;
  const orCanceled = (write: JobWrite) =>
    mustPassCancelOn ? [write] : [write, outcomeWrite(lease, { kind: 'canceled' }, report)];
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
        }),
      );
    case 'handedOver':
      return orCanceled(handOverWrite(lease, report));
    case 'interrupted':
      return orCanceled(interruptWrite(lease, report));
    case 'asleep':
      return orCanceled(handOverWrite(lease, { ...report, wakeAt: now + ending.sleepMs }));
    case 'lost':
      return [];
    default:
      return unreachable(ending);
  }
}
