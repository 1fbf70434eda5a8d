import childProcess from 'node:child_process';
import module from 'node:module';
import threads from 'node:worker_threads';
import type { Fence } from './fence.ts';
import { replace, replaceIfThere } from './replace.ts';

/** What of Node.js's inside would lead around the fence. */
const innerWays = /^(cares_wrap|pipe_wrap|process_wrap|spawn_sync|tcp_wrap|tls_wrap|udp_wrap|worker)$/;

/** Fences other processes and threads: what they do cannot be fenced. */
export function fenceProcesses(fence: Fence): void {
  replace(childProcess.ChildProcess.prototype, 'spawn', () => (options) => {
    const { file } = Object(options);
    throw fence.refuse(`the program ${file} was not started`);
  });
  for (const name of ['spawnSync', 'execSync', 'execFileSync'])
    replace(childProcess, name, () => (command) => {
      throw fence.refuse(`the program ${String(command)} was not started`);
    });
  replace(threads, 'Worker', () => refusing(fence, 'the thread was not started'));
  // Its hooks run in a thread of their own.
  replaceIfThere(module, 'register', () => refusing(fence, 'the hooks of modules were not registered'));
  replaceIfThere(process, 'execve', () => refusing(fence, 'the process was not replaced by another program'));
  replace(process, 'kill', (kill) => (pid, ...all) => {
    if (pid === process.pid) return kill.call(process, pid, ...all);
    throw fence.refuse(`no signal was sent to the process ${String(pid)}`);
  });
  replaceIfThere(process, 'binding', (binding) => (name) => {
    if (!innerWays.test(String(name))) return binding.call(process, name);
    throw fence.refuse(`the inside of Node.js (${String(name)}) was not handed out`);
  });
}

/** A function, and not an arrow: it may be called with `new`. */
const refusing = (fence: Fence, what: string) =>
  function refused(): never {
    throw fence.refuse(what);
  };
