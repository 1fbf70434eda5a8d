/** By the path of its file: the package exports only its runner. */
const runner = new URL('../node_modules/jest-light-runner/src/worker-runner.js', import.meta.url);
/** Of each level, which has settings of its own. */
const runners = new Map();

/** Runs a file of tests in this process. @returns its result, as Jest has it */
export async function runFile({ path, globalConfig, projectConfig }) {
  const { id } = projectConfig;
  if (!runners.has(id)) {
    const { default: run, setWorkerData } = await import(`${runner.href}?level=${id}`);
    setWorkerData({ globalConfig, projectConfig, runtime: 'child_process' });
    runners.set(id, run);
  }
  return runners.get(id)(path);
}
