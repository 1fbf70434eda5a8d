import type { Clock } from '../../shared/domain/base/ports.ts';

/** The machine's clock, but a job need not sleep: its clock is set ahead instead. */
export interface ReplayClock extends Clock {
  setAhead(milliseconds: number): void;
}

export function replayClock(machine: Clock): ReplayClock {
  let ahead = 0;
  return {
    now: () => machine.now() + ahead,
    sleep: (milliseconds, signal) => machine.sleep(milliseconds, signal),
    setAhead: (milliseconds) => {
      ahead += milliseconds;
    },
  };
}
