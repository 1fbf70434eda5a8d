import { availableParallelism, cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { PlainWorker } from './plain-worker.js';

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
    const queues = { computing, waiting };
    const runInLane = async (lane) => {
      const process = new LaneProcess(onFailure);
      for (const queue of queuesOf(lane, queues))
        for (;;) {
          if (lane >= steadyLanes) await untilIdle(queue);
          const test = queue.shift();
          if (!test || watcher.isInterrupted()) break;
          await onStart(test);
          await process
            .run(test, globalConfig)
            .then((result) => onResult(test, result))
            .catch((error) => onFailure(test, error));
        }
      await process.end();
    };
    await Promise.all(Array.from({ length: maxWorkers }, (_, lane) => runInLane(lane)));
  }
}

/** The process of a lane. The next file of one that has died has another one. */
class LaneProcess {
  #onFailure;
  #worker;
  #last;

  constructor(onFailure) {
    this.#onFailure = onFailure;
  }

  async run(test, globalConfig) {
    if (this.#worker?.isAlive === false) await this.end();
    this.#worker ??= new PlainWorker();
    this.#last = test;
    try {
      return await this.#worker.runFile({
        ...{ path: test.path, globalConfig },
        projectConfig: test.context.config,
      });
    } catch (error) {
      if (!this.#worker.isAlive) this.#worker = undefined; // told by this error
      throw error;
    }
  }

  /** One that dies after a file is a failure of that file. */
  async end() {
    const death = await this.#worker?.end();
    this.#worker = undefined;
    if (death) await this.#onFailure(this.#last, death);
  }
}

/**
 * Too many files at a time make each so slow that it waits in vain: with six lanes, two cores and another program on the
 * machine, a test did not see its 400 messages end within 90 seconds. But most files wait for most of their time, and five
 * lanes left a sixth of both cores idle. So a lane beyond the steady ones begins a file only when there are cores for it.
 */
const steadyLanes = 2 * availableParallelism();
const lookMs = 2_000;
const idleShare = 0.2;

const idleMs = () => cpus().reduce((sum, { times }) => sum + times.idle, 0);

/** One lane at a time, so that the next one sees what the file of the last one takes. */
let lastWait = Promise.resolve();
const untilIdle = (queue) => {
  lastWait = lastWait.then(async () => {
    for (let wasIdle = false; queue.length > 0 && !wasIdle; ) {
      const before = idleMs();
      await setTimeout(lookMs);
      wasIdle = idleMs() - before > idleShare * lookMs * availableParallelism();
    }
  });
  return lastWait;
};

/** Files of these levels compute all the time, and most others wait. */
const computes = ({ displayName }) => ['unit', 'simulation'].includes(displayName.name);

/**
 * Code is slow until a process has run it often. So files that compute share one process, while the others wait beside it.
 * Only at the end, or if there are no others, a second core helps.
 */
function queuesOf(lane, { computing, waiting }) {
  if (lane === 0) return [computing, waiting];
  return lane < availableParallelism() ? [waiting, computing] : [waiting];
}
