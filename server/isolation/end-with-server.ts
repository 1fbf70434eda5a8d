import { Worker } from 'node:worker_threads';

const checkMs = 250;

/** A text, as a bundle has no file for it. */
const watch = `
  const { workerData: { serverPid, checkMs } } = require('node:worker_threads');
  const check = () => process.ppid === serverPid || process.kill(-process.pid, 'SIGKILL');
  check();
  setInterval(check, checkMs);
`;

/**
 * Ends this process, and all that it has started, when its server has ended. A thread of its own looks, as the job may
 * block the event loop for as long as it likes.
 */
export function endWithServer(serverPid: number): void {
  const resourceLimits = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 };
  new Worker(watch, { eval: true, workerData: { serverPid, checkMs }, resourceLimits }).unref();
}
