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
    const worker = new Worker(script, {
      exposedMethods: ['runFile'],
      numWorkers: maxWorkers,
      maxRetries: 0,
      forkOptions: { serialization: 'json', stdio: ['inherit', 'inherit', 'inherit', 'ipc'] },
    });
    const waiting = tests.values();
    const runOneByOne = async () => {
      for (const test of waiting) {
        if (watcher.isInterrupted()) return;
        await onStart(test);
        const { path, context } = test;
        await worker
          .runFile({ path, globalConfig, projectConfig: context.config })
          .then((result) => onResult(test, result))
          .catch((error) => onFailure(test, error));
      }
    };
    await Promise.all(Array.from({ length: maxWorkers }, runOneByOne));
    await worker.end();
  }
}
