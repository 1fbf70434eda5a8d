import { readFileSync } from 'node:fs';

/** By the path of its file: the package exports only its runner. */
const runner = new URL('../node_modules/jest-light-runner/src/worker-runner.js', import.meta.url);
/** Of each level, which has settings of its own. */
const runners = new Map();

/** Runs a file of tests in this process. @returns its result, as Jest has it */
async function runFile({ path, globalConfig, projectConfig }) {
  const { id } = projectConfig;
  if (!runners.has(id)) {
    const { default: run, setWorkerData } = await import(`${runner.href}?level=${id}`);
    setWorkerData({ globalConfig, projectConfig, runtime: 'child_process' });
    runners.set(id, run);
  }
  const before = cpuMs();
  const result = await runners.get(id)(path);
  return { ...result, cpuMs: cpuMs() - before };
}

process.on('message', async (file) => {
  try {
    process.send({ hasRun: true, result: await runFile(file) });
  } catch ({ message, stack }) {
    process.send({ hasRun: true, error: { message, stack } });
  }
});
// The run is over, or was killed.
process.on('disconnect', () => process.exit(0));

/** Linux counts in ticks of a hundredth of a second. */
const tickMs = 10;

/** What this process has computed, and on Linux also the processes that it has started, once they have ended. */
function cpuMs() {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const [user, system, userOfEnded, systemOfEnded] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 15)
      .map(Number);
    return (user + system + userOfEnded + systemOfEnded) * tickMs;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
}
