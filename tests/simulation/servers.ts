import type { Instance } from './instance.ts';
import { LongPolls } from './long-polls.ts';
import { SimulatedServer } from './simulated-server.ts';
import type { World } from './world.ts';

/** Worker servers beside the functions, or instead of them. */
export interface ServerSettings {
  /** The queue that they poll. */
  readonly polls: 'queue' | 'ordered';
  readonly count: number;
  readonly maxJobs: number;
  readonly drainMs: number;
  /** Whether a function polls the same queue: one invocation at a time, for one message each. */
  readonly besideLambda?: boolean;
}

/** ECS, or systemd, starts a server in the place of one that has ended. */
const restartMs = 5_000;

/** The servers that are up. */
export class Servers {
  #up: readonly SimulatedServer[] = [];

  constructor(world: World, settings: ServerSettings) {
    const { polls, count, ...more } = settings;
    const queue = world[polls];
    const options = { ...more, queue, polls: new LongPolls(queue) };
    const start = (): void => {
      const server = new SimulatedServer(world, options);
      this.#up = [...this.#up, server];
      void server.instance.death.then(() => {
        this.#up = this.#up.filter((other) => other !== server);
        world.time.after(restartMs, start);
      });
    };
    // Not now: the scenario has not put its handlers yet.
    for (let each = 0; each < count; each += 1) world.time.after(0, start);
  }

  get up(): readonly SimulatedServer[] {
    return this.#up;
  }

  /** Stops the server that an instance is the process of, or else the one that has been up for the longest time. */
  stop(instance?: Instance): void {
    const [oldest] = this.#up;
    const server = this.#up.find((one) => one.instance === instance) ?? oldest;
    server?.stop();
  }

  stopAll(): void {
    for (const server of this.#up) server.stop();
  }
}
