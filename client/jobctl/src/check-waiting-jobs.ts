import { durationText } from './job-text.ts';
import type { ListedJob } from './library.ts';
import { plainText } from './plain-text.ts';
import type { Session } from './session.ts';

/** A queue that moves starts a job within seconds. A page of a job has the same bound (functions/pages/job-page.ts). */
const patienceMs = 60_000;

/** Whether jobs wait that no worker has begun: that of their type may not be able to run. Nothing else tells of that. */
export async function checkWaitingJobs({ call, now }: Pick<Session, 'call' | 'now'>): Promise<{
  readonly level: 'good' | 'notice';
  readonly text: string;
}> {
  const target = 'GET /jobs?status=queued&limit=100';
  const { items } = await call<{ readonly items: readonly ListedJob[] }>(target);
  const waiting = items
    // A job of a group waits for those before it.
    .filter(({ attempt, slices, group }) => attempt === 0 && slices === 0 && group === undefined)
    .map((job) => ({ ...job, waitedMs: now() - Date.parse(job.updatedAt) }))
    .filter(({ waitedMs }) => waitedMs > patienceMs)
    .sort((one, other) => other.waitedMs - one.waitedMs);
  const [first] = waiting;
  if (!first) return { level: 'good', text: 'no job waits for a worker' };
  const others = waiting.length > 1 ? `, and so do ${waiting.length - 1} others` : '';
  return {
    level: 'notice',
    text: `${plainText(first.type)} ${first.id} has waited for a worker for ${durationText(first.waitedMs)}${others}: its queue is long, or its worker cannot run. See the log of its function, or what npm start has printed`,
  };
}
