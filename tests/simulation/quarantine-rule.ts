import { readWaitingMessage } from '../../shared/domain/schedules/waiting-message.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { canBeRetried } from '../../shared/domain/state/job/transitions.ts';
import { Violation } from './violation.ts';

/** Checks that nothing goes to quarantine that could still be processed. */
export function checkQuarantined(body: string, items: ReadonlyMap<string, JobItem>): void {
  const message = readWaitingMessage(body);
  if (message instanceof Error || !('run' in message)) return;
  const item = items.get(message.id);
  const maxRun = item ? item.run + (canBeRetried(item.status) ? 1 : 0) : message.run;
  if (message.run <= maxRun)
    throw new Violation('only what cannot be processed is quarantined', `${message.id}, run ${message.run}`);
}
