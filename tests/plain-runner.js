import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'jest-worker';

const script = fileURLToPath(new URL('./plain-process.js', import.meta.url));

/**
 * A runner of Jest: it runs files of tests in Node.js itself, in processes that all levels share. What runs a file is
 * jest-light-runner's; docs/adr/0054-tests-in-plain-node.md says why its pool is not.
 */
export default class PlainRunner {
  #globalConfig;

  constructor(globalConfig) {
    this.#globalConfig = globalConfig;
  }

  async runTests(tests, watcher, onStart, onResult, onFailure) {
    const { maxWorkers, testNamePattern, expand, updateSnapshot } = this.#globalConfig;
    const globalConfig = { testNamePattern, expand, updateSnapshot };
    const computing = tests.filter(({ context }) => computes(context.config));
    const waiting = tests.filter((test) => !computing.includes(test));
    const queues = { computing: computing.values(), waiting: waiting.values() };
    const runInLane = async (lane) => {
      let worker;
      for (const queue of queuesOf(lane, queues))
        for (const test of queue) {
          if (watcher.isInterrupted()) break;
          worker ??= startWorker();
          await onStart(test);
          const { path, context } = test;
          await worker
            .runFile({ path, globalConfig, projectConfig: context.config })
            .then((result) => onResult(test, result))
            .catch((error) => onFailure(test, error));
        }
      await worker?.end();
    };
    await Promise.all(Array.from({ length: maxWorkers }, (_, lane) => runInLane(lane)));
  }
}

const startWorker = () =>
  new Worker(script, {
    exposedMethods: ['runFile'],
    numWorkers: 1,
    maxRetries: 0,
    forkOptions: { serialization: 'json', stdio: ['inherit', 'inherit', 'inherit', 'ipc'] },
  });

/** Files of this level compute all the time, and most others wait. */
const computes = ({ displayName }) => displayName.name === 'unit';

/**
 * Code is slow until a process has run it often. So files that compute share one process, while the others wait beside it.
 * Only at the end, or if there are no others, a second core helps.
 */
function queuesOf(lane, { computing, waiting }) {
  if (lane === 0) return [computing, waiting];
  return lane < availableParallelism() ? [waiting, computing] : [waiting];
}
