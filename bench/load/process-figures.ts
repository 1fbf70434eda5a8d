import { readFileSync } from 'node:fs';

/** As Linux counts: a hundredth of a second. */
const tickMs = 10;

/** The CPU time of a process and its threads since its start. Linux only. */
export function cpuMsOf(pid: number): number {
  // The name of the program, in brackets, may have spaces.
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) (?=\w )/);
  const [user, system] = fields.split(' ').slice(11, 13).map(Number);
  return ((user ?? 0) + (system ?? 0)) * tickMs;
}

/** How much memory a process has. Linux only. */
export function rssMbOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}
