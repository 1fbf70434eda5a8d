import { maxOffMs as maxClockOffMs, offMs } from '../../server/answer-watch.ts';
import { JobCrashedError } from '../../server/isolation/isolation-errors.ts';
import { type MessageSource, QueueServer } from '../../server/serve-queue.ts';
import { ServerCondition } from '../../server/server-condition.ts';
import { SharedTime } from '../../shared/worker/hold/shared-time.ts';
import { quiet, workerDepsOf } from './dependencies.ts';
import type { Instance } from './instance.ts';
import type { LongPolls } from './long-polls.ts';
import { ServerSource } from './server-source.ts';
import type { SimulatedQueue } from './simulated-queue.ts';
import { Violation } from './violation.ts';
import { type Around, watched } from './watched-handlers.ts';
import type { World } from './world.ts';

/** How a server is set up. */
export interface ServerOptions {
  readonly queue: SimulatedQueue;
  readonly polls: LongPolls;
  readonly maxJobs: number;
  /** From the stop until what still runs is interrupted. */
  readonly drainMs: number;
}

/** One process of a worker server, with the real loop. */
export class SimulatedServer {
  readonly instance: Instance;
  readonly #world: World;
  readonly #drainMs: number;
  readonly #requested = new AbortController();
  readonly #drained = new AbortController();
  readonly #sharedTime: SharedTime;

  constructor(world: World, { queue, polls, maxJobs, drainMs }: ServerOptions) {
    this.#world = world;
    this.#drainMs = drainMs;
    this.instance = world.server();
    this.#sharedTime = new SharedTime(this.instance.clock);
    const stopping = { requested: this.#requested.signal, drained: this.#drained.signal };
    const condition = this.#condition(queue);
    const own = { world, instance: this.instance, queue, polls, maxJobs };
    const source = new ServerSource({ ...own, stopping: stopping.requested, condition });
    const server = this.#serve(source, queue, { stopping, condition, maxJobs });
    server.start();
    const stopped = world.mutant.exit?.(server, stopping.requested) ?? server.stopped();
    void stopped.then(() => this.#exit());
  }

  #condition(queue: SimulatedQueue): ServerCondition {
    const { instance } = this;
    const { store } = this.#world.portsOf(instance, queue);
    let clockIsOffMs = 0;
    const condition = new ServerCondition({
      server: instance.name,
      clock: instance.clock,
      log: { ...quiet, warn: (line) => this.#world.say(`${instance.name}: ${line}`) },
      probes: {
        disk: async () => {
          if (instance.isDiskFull) throw new Error('no room');
        },
        calls: async () => void (await store.read('no job')),
        clock: async () => {
          if (isWrong(clockIsOffMs)) throw new Error('the clock is still wrong');
        },
        processes: async () => {},
      },
      stop: this.#requested.signal,
    });
    if (this.#world.settings.hasIlls)
      instance.hear = ({ isRefused, sentAt, at }) => {
        clockIsOffMs = offMs(new Date(at).toUTCString(), { sentAt, answeredAt: instance.clock.now() });
        if (isWrong(clockIsOffMs)) condition.turnIll('clock', `the clock is off by ${clockIsOffMs} ms`);
        if (isRefused) condition.turnIll('calls', 'AccessDenied');
      };
    return this.#world.mutant.condition?.(condition) ?? condition;
  }

  #exit(): void {
    const { instance } = this;
    const { guard, settings, invariants, table } = this.#world;
    if (instance.isDead) return;
    instance.exit();
    if (settings.plan) return;
    for (const { id, status } of table.items.values())
      if (status === 'running' && invariants.company.holderOf(id) === instance.name)
        guard(() => {
          throw new Violation('a server gives its jobs back before it exits', `${instance.name} has ${id}`);
        });
  }

  #serve(
    own: ServerSource,
    queue: SimulatedQueue,
    more: Pick<ConstructorParameters<typeof QueueServer>[0], 'stopping' | 'condition' | 'maxJobs'>,
  ): QueueServer {
    const { instance } = this;
    const world = this.#world;
    world.mutant.deliver?.(own.event, queue);
    const deps = workerDepsOf(world, instance, queue);
    const source: MessageSource = world.mutant.source?.(own) ?? own;
    return new QueueServer({
      ...deps,
      queue: {
        ...deps.queue,
        changeVisibility: (delivery, seconds) =>
          own.changeVisibility(delivery, () => deps.queue.changeVisibility(delivery, seconds)),
      },
      changeVisibilityBeforeClaim: false,
      otherRunQueues: {},
      place: { sharedTime: this.#sharedTime, memoryMb: 1 },
      handlers: watched(world, instance, inProcess(instance)),
      isolate: () => watched(world, instance, inChild(instance)),
      source,
      ...more,
    });
  }

  /** SIGTERM. */
  stop(): void {
    if (this.#requested.signal.aborted || this.instance.isDead) return;
    this.#world.say(`${this.instance.name}: is to stop`);
    this.#requested.abort();
    const callOff = this.#world.time.after(this.#drainMs, () => this.#drained.abort());
    void this.instance.death.then(callOff);
  }
}

const isWrong = (clockIsOffMs: number): boolean => Math.abs(clockIsOffMs) > maxClockOffMs;

/** A job that runs in the server's own process takes it along when it crashes. */
const inProcess =
  ({ jobs }: Instance): Around =>
  async ({ id }, run) => {
    jobs.add(id);
    try {
      return await run();
    } finally {
      jobs.delete(id);
    }
  };

/** Of a job that has a process of its own, the server sees no more than that it has gone. */
const inChild =
  ({ children }: Instance): Around =>
  async ({ id }, run) => {
    const { promise, reject } = Promise.withResolvers<never>();
    children.set(id, () => reject(new JobCrashedError('its process has crashed')));
    try {
      return await Promise.race([run(), promise]);
    } finally {
      children.delete(id);
    }
  };
