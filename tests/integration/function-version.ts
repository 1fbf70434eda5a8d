import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import * as z from 'zod/mini';
import { type MeteredQueue, type MetricName, metrics } from '../../shared/domain/observe/metrics.ts';
import { readMetrics } from '../../shared/domain/observe/prometheus.ts';
import { functionNameOf } from './functions.ts';

/**
 * What an environment of Lambda does: it loads a bundle, and runs one invocation at a time. If the module cannot be loaded, every
 * invocation fails.
 */
const environment = `
const { parentPort, workerData } = require('node:worker_threads');
const loading = import(workerData);
loading.catch(() => undefined);
parentPort.on('message', async ({ event, timeoutMs }) => {
  const end = Date.now() + timeoutMs;
  const context = { awsRequestId: 'request', memoryLimitInMB: '1024', getRemainingTimeInMillis: () => end - Date.now() };
  try {
    const { handler } = await loading;
    parentPort.postMessage({ answer: await handler(event, context, () => undefined) });
  } catch (error) {
    parentPort.postMessage({ error: String(error) });
  }
});
`;
const outcome = z.object({ answer: z.optional(z.unknown()), error: z.optional(z.string()) });
const logged = z.looseObject({ level: z.string(), message: z.string() });
export type LoggedLine = z.infer<typeof logged>;

/** Other invocations wait until a thread is free. */
const maxThreads = 3;

/** The function threw an error, or could not be loaded. */
export class FunctionError extends Error {
  override readonly name = 'FunctionError';
}

/** Code and environment: what a version of all functions freezes. */
export interface Build {
  readonly name: string;
  /** The folder of the bundles, as `bundleFunctions` makes it. */
  readonly bundles: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Of the role of each function, by its name in serverless.yml. */
  readonly accessKeys: Readonly<Record<string, string>>;
}

/** The threads of a function. */
class Threads {
  readonly #make: () => Worker;
  readonly #all: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #waiting: ((thread: Worker) => void)[] = [];

  constructor(make: () => Worker) {
    this.#make = make;
  }

  async run<T>(use: (thread: Worker) => Promise<T>): Promise<T> {
    const thread = await this.#take();
    try {
      const result = await use(thread);
      this.#free(thread);
      return result;
    } catch (error) {
      // It has died. Another one takes its place.
      this.#all.splice(this.#all.indexOf(thread), 1);
      if (this.#waiting.length > 0) this.#free(this.#add());
      throw error;
    }
  }

  #free(thread: Worker): void {
    const next = this.#waiting.shift();
    if (next) next(thread);
    else this.#idle.push(thread);
  }

  #add(): Worker {
    const made = this.#make();
    this.#all.push(made);
    return made;
  }

  async #take(): Promise<Worker> {
    const idle = this.#idle.pop();
    if (idle) return idle;
    if (this.#all.length >= maxThreads) return new Promise((resolve) => this.#waiting.push(resolve));
    return this.#add();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((thread) => thread.terminate()));
  }
}

/** A version of all functions, and what its lines count. */
export class FunctionVersion {
  readonly build: Build;
  /** Its lines of warnings and errors. */
  readonly lines: LoggedLine[] = [];
  /** What Lambda counts itself: invocations that have failed. */
  errors = 0;
  /** By metric and queue. */
  readonly #counts = new Map<string, number>();
  readonly #functions = new Map<string, Threads>();
  readonly #running = new Set<Promise<unknown>>();

  constructor(build: Build) {
    this.build = build;
  }

  count(metric: MetricName, queue: MeteredQueue): number {
    return this.#counts.get(`${metric} ${queue}`) ?? 0;
  }

  /** @throws FunctionError */
  async invoke(name: string, event: unknown, timeoutMs: number): Promise<unknown> {
    const threads = this.#functions.get(name) ?? new Threads(() => this.#thread(name));
    this.#functions.set(name, threads);
    const running = threads.run(async (thread) => {
      thread.postMessage({ event, timeoutMs });
      const [message] = await once(thread, 'message');
      return outcome.parse(message);
    });
    this.#running.add(running);
    const died = (thrown: unknown) => ({ answer: undefined, error: String(thrown) });
    const { answer, error } = await running.catch(died).finally(() => this.#running.delete(running));
    if (error === undefined) return answer;
    this.errors += 1;
    throw new FunctionError(`${name} of ${this.build.name}: ${error}`);
  }

  /** Ends its threads, once they run nothing. */
  async stop(): Promise<void> {
    await Promise.allSettled(this.#running);
    await Promise.all([...this.#functions.values()].map((threads) => threads.stop()));
  }

  #thread(name: string): Worker {
    const thread = new Worker(environment, {
      eval: true,
      workerData: join(this.build.bundles, 'functions', name, 'handler.mjs'),
      env: {
        ...this.build.environment,
        AWS_ACCESS_KEY_ID: this.build.accessKeys[functionNameOf(name)],
        AWS_LAMBDA_FUNCTION_NAME: `job-worker-test-${name.replace('-', '')}`,
      },
      stdout: true,
      stderr: true,
    });
    for (const input of [thread.stdout, thread.stderr])
      createInterface({ input }).on('line', (line) => this.#read(line));
    return thread;
  }

  #read(text: string): void {
    let line: unknown;
    try {
      line = JSON.parse(text);
    } catch {
      return;
    }
    for (const { metric, queue, value } of readMetrics(line) ?? [])
      if (metrics[metric].unit === 'Count')
        this.#counts.set(`${metric} ${queue}`, this.count(metric, queue) + value);
    const { data } = logged.safeParse(line);
    if (data) this.lines.push(data);
  }
}
