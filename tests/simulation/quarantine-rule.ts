import type { JobItem } from '../../shared/job/item.ts';
import { canBeRetried } from '../../shared/job/transitions.ts';
import { readWaitingMessage } from '../../shared/job/waiting-message.ts';
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
