import { readFile } from 'node:fs/promises';
import { eventually } from '../../../integration/eventually.ts';

/** Whether there is such a process. One that has ended may still wait for its parent to take note of that. */
export async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return status !== '' && !/^State:\s+[ZX]/m.test(status);
}

/** Waits until none of the processes runs any more. */
export const untilGone = (pids: readonly number[]): Promise<true> =>
  eventually(
    async () => {
      const running = await Promise.all(pids.map(isRunning));
      return running.includes(true) ? undefined : true;
    },
    `processes ${pids.join()} to end`,
    30_000,
  );

/** The process ids in a line of the log. */
export const pidsIn = (fields: Readonly<Record<string, unknown>>): readonly number[] =>
  Array.isArray(fields.pids) ? fields.pids.map(Number) : [];
