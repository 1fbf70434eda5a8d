import { readFile } from 'node:fs/promises';

/**
 * The memory that a process has in use, together with those that its main thread has started.
 * @returns MB (2^20 bytes); undefined if the process has ended, or if the system is not Linux
 */
export async function residentMb(pid: number): Promise<number | undefined> {
  // https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
  const status = await read(`/proc/${pid}/status`);
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status ?? '')?.[1];
  if (kilobytes === undefined) return undefined;
  // A file of its own for each thread. Node.js starts processes in the thread that asks for them.
  const children = (await read(`/proc/${pid}/task/${pid}/children`)) ?? '';
  const others = await Promise.all(children.split(' ').filter(Boolean).map(Number).map(residentMb));
  return others.reduce<number>((sum, each) => sum + (each ?? 0), Number(kilobytes) / 1024);
}

const read = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);
