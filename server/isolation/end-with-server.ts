import { Worker } from 'node:worker_threads';

const checkMs = 250;

/** A text, as a bundle has no file for it. What the job has started may still write to the folder: it is tried once. */
const watch = `
  const { rmSync } = require('node:fs');
  const { workerData: { serverPid, folder, checkMs } } = require('node:worker_threads');
  const check = () => {
    if (process.ppid === serverPid) return;
    try {
      rmSync(folder, { recursive: true, force: true });
    } finally {
      process.kill(-process.pid, 'SIGKILL');
    }
  };
  check();
  setInterval(check, checkMs);
`;

/**
 * Ends this process, and all that it has started, when its server has ended, and removes its folder. A thread of its own
 * looks, as the job may block the event loop for as long as it likes.
 */
export function endWithServer(serverPid: number, folder: string): void {
  const workerData = { serverPid, folder, checkMs };
  const resourceLimits = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 };
  new Worker(watch, { eval: true, workerData, resourceLimits }).unref();
}
