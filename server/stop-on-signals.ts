import type { Clock, Log } from '../shared/domain/base/ports.ts';
import type { Stopping } from '../shared/worker/hold/invocation.ts';

interface Stop {
  /** How long jobs that save no state may go on. */
  readonly drainSeconds: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** A terminal sends a Ctrl-C to npm and to the server, and npm passes its own on: so one comes twice. */
const sameSignalMs = 1_000;

/** Stops the server at SIGTERM or SIGINT. A second signal ends the time that jobs have to come to their end. */
export function stopOnSignals({ drainSeconds, clock, log }: Stop): Stopping {
  const requested = new AbortController();
  const drained = new AbortController();
  let requestedAt = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (requested.signal.aborted) {
      if (clock.now() - requestedAt >= sameSignalMs) drained.abort();
      return;
    }
    requestedAt = clock.now();
    log.info('server stops', { signal, drainSeconds, hint: 'a second signal ends the running jobs at once' });
    requested.abort();
    void clock.sleep(drainSeconds * 1000, drained.signal).then(() => drained.abort());
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return { requested: requested.signal, drained: drained.signal };
}
