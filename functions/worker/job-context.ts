import type { JobItem } from '../../shared/contracts/job-item.ts';
import { asError } from '../../shared/errors.ts';
import type { Log } from '../../shared/logger.ts';
import type { Clock } from '../../shared/ports.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { JobContext } from './jobs/work.ts';

interface Running {
  readonly item: JobItem;
  readonly signal: AbortSignal;
  readonly heartbeat: Heartbeat;
}

/** What the running job is given. */
export const jobContext = (
  { item, signal, heartbeat }: Running,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): JobContext => ({
  id: item.id,
  attempt: item.attempt,
  token: item.token,
  signal,
  log,
  progress: (percent, message) => heartbeat.report(percent, message),
  async pause(seconds) {
    if (!signal.aborted) await clock.sleep(seconds * 1000, signal);
    if (signal.aborted) throw asError(signal.reason);
  },
});
