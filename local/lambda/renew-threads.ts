import { setTimeout } from 'node:timers/promises';

/** A function in a thread, as serverless-offline has it. */
interface ThreadedFunction {
  readonly status: 'IDLE' | 'BUSY';
  /** Ends its thread. */
  cleanup(): Promise<void>;
}

/** serverless-offline's own, which a call of a function takes an idle thread from. */
interface Pool {
  get(name: string, definition: unknown): ThreadedFunction;
}

const pollMs = 500;

/**
 * Lets a function have new threads from some time on. serverless-offline can only end all threads of all functions, and
 * with them the jobs that run. So it is given another name of the function after each save: under that it has no thread
 * yet.
 * @returns call it with the name of a function. Its threads end as soon as they are idle
 */
export async function renewThreads(): Promise<(name: string) => void> {
  const offline = import.meta.resolve('serverless-offline');
  const { default: pool }: { default: { prototype: Pool } } = await import(
    new URL('lambda/LambdaFunctionPool.js', offline).href
  );
  const generations = new Map<string, { readonly number: number; readonly used: Set<ThreadedFunction> }>();
  const generationOf = (name: string) => generations.get(name) ?? { number: 0, used: new Set() };
  const { get } = pool.prototype;
  pool.prototype.get = function (this: Pool, name, definition) {
    const generation = generationOf(name);
    generations.set(name, generation);
    const chosen = get.call(
      this,
      generation.number === 0 ? name : `${name}#${generation.number}`,
      definition,
    );
    generation.used.add(chosen);
    return chosen;
  };
  return (name) => {
    const { number, used } = generationOf(name);
    generations.set(name, { number: number + 1, used: new Set() });
    for (const each of used) void endWhenIdle(each);
  };
}

async function endWhenIdle(each: ThreadedFunction): Promise<void> {
  while (each.status !== 'IDLE') await setTimeout(pollMs, undefined, { ref: false });
  await each.cleanup();
}
