import { unreachable } from '../../domain/base/errors.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import type { JobWait } from '../../domain/state/waits/wait.ts';

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** What a job waits for, in words. A text stays the same as long as the job does, also after the time that it names. */
export function waitReasonOf(wait: JobWait, { group }: Pick<JobItem, 'group'>): string {
  const reason = reasonOf(wait);
  return group === undefined ? reason : `${reason}: the jobs behind it in its group wait, too`;
}

function reasonOf(wait: JobWait): string {
  switch (wait.kind) {
    case 'time':
      return `not before ${iso(wait.until)}`;
    case 'jobs':
      return wait.ids.length === 1
        ? 'the job that it depends on has not succeeded'
        : `not all of the ${wait.ids.length} jobs that it depends on have succeeded`;
    case 'children':
      return 'not all of its children have ended';
    case 'signal':
      return `nobody has sent ${wait.answers.map(({ name }) => name).join(', ')}`;
    case 'turn':
      return `the limit of ${wait.of}: its turn is at ${iso(wait.at)}`;
    case 'place':
      return `waits for 1 of ${wait.running} places of ${wait.of}`;
    case 'pause':
      return `paused: ${wait.by}`;
    case 'handler':
      return 'no handler for this type';
    case 'submissions':
      return `more submissions: ${wait.came} came, and it starts by ${iso(wait.latestAt)}`;
    default:
      return unreachable(wait);
  }
}
