import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { resolveDeadLetter } from '../../functions/deadletter/resolve-dead-letter.ts';
import { invocationOf } from '../../functions/worker/invocation.ts';
import { works as realWorks } from '../../functions/worker/jobs/catalog.ts';
import type { JobContext } from '../../functions/worker/jobs/work.ts';
import { processDelivery } from '../../functions/worker/process-delivery.ts';
import type { Works } from '../../functions/worker/run-work.ts';
import type { JobItem } from '../../shared/contracts/job-item.ts';
import type { Log } from '../../shared/logger.ts';
import type { JobStore } from '../../shared/ports.ts';
import { processBatch } from '../../shared/process-batch.ts';
import type { JobWrite } from '../../shared/protocol/job-write.ts';
import { InMemoryJobStore } from '../fakes/in-memory-job-store.ts';
import { EventSource } from './event-source.ts';
import { type FaultPlan, noFaults } from './faults.ts';
import { Instance } from './instance.ts';
import { type Effect, Invariants } from './invariants.ts';
import { type Figures, maxReceiveCount, maxSkewMs, retentionMs, standardFigures } from './limits.ts';
import { honest, type Mutant, type Ports } from './mutant.ts';
import { queuePort } from './queue-port.ts';
import { SeededRandom } from './random.ts';
import { SimulatedQueue } from './simulated-queue.ts';
import { VirtualTime } from './virtual-time.ts';

export interface WorldSettings {
  readonly seed?: number;
  readonly plan?: FaultPlan;
  readonly mutant?: Mutant;
  /** Duplicates, reordering, uneven latency and clocks that differ. */
  readonly chaos?: boolean;
  /** Reported messages come back at once (in a second), not when their visibility ends: sources disagree on what AWS does. */
  readonly failedComeBackAtOnce?: boolean;
  readonly figures?: Figures;
  /** Instead of the figures' own. */
  readonly batchSize?: number;
}

const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The whole system, simulated: real use cases on virtual time, a virtual queue and the in-memory table. */
export class World {
  readonly time = new VirtualTime();
  readonly random: SeededRandom;
  readonly table = new InMemoryJobStore();
  readonly invariants = new Invariants();
  readonly trace: string[] = [];
  readonly settings: WorldSettings;
  readonly figures: Figures;
  readonly queue: SimulatedQueue;
  readonly deadLetters: SimulatedQueue;
  readonly unreadable: SimulatedQueue;
  calls = 0;
  violation: unknown;
  /** The work of the job types; a scenario may put its own. */
  works: Works = realWorks;
  /** Every instance of the worker, oldest first. */
  readonly workers: Instance[] = [];
  #instances = 0;
  readonly #mutant: Mutant;

  constructor(settings: WorldSettings = {}) {
    this.settings = settings;
    this.figures = settings.figures ?? standardFigures;
    this.#mutant = settings.mutant ?? honest;
    this.random = new SeededRandom(settings.seed ?? 1);
    const unreliability = {
      random: this.random,
      duplicate: settings.chaos ? 0.1 : 0,
      reorder: settings.chaos ?? false,
    };
    const { visibilityMs } = this.figures;
    const queue = (name: string, deadLetters?: SimulatedQueue): SimulatedQueue =>
      new SimulatedQueue(name, this.time, { visibilityMs, maxReceiveCount, deadLetters }, unreliability);
    this.unreadable = queue('unreadable');
    this.deadLetters = queue('dead');
    this.queue = queue('standard', this.deadLetters);
    new EventSource(this, this.queue, 'worker', (event, instance) => this.#work(event, instance));
    new EventSource(this, this.deadLetters, 'deadletter', (event, instance) =>
      this.#resolve(event, instance),
    );
  }

  /** Runs until nothing is left to do. @throws the first violation */
  async run(): Promise<void> {
    await this.time.run(() => {
      if (this.violation) throw this.violation;
    });
    if (this.violation) throw this.violation;
  }

  say(line: string): void {
    this.trace.push(`${((this.time.now - Date.UTC(2026, 0, 1)) / 1000).toFixed(3).padStart(10)} ${line}`);
  }

  /** Notes what a rule's breach throws, wherever it is thrown: the code under test may catch it. */
  guard(check: () => void): void {
    try {
      check();
    } catch (violation) {
      this.violation ??= violation;
    }
  }

  instance(role: string): Instance {
    const { plan = noFaults, chaos } = this.settings;
    this.#instances += 1;
    const instance = new Instance(role, this.#instances, this.time, {
      plan,
      number: () => (this.calls += 1),
      trace: (line) => this.say(line),
      slowMs: this.figures.leaseMs + 6_000,
      latencyMs: () => (chaos ? 1 + this.random.below(this.random.chance(0.05) ? 4_000 : 40) : 1),
      skewMs: chaos ? this.random.below(maxSkewMs) - maxSkewMs / 2 : 0,
    });
    if (role === 'worker') this.workers.push(instance);
    return instance;
  }

  /** Table and queue as one instance sees them, its faults and the mutant's in between. */
  portsOf(instance: Instance, own = this.queue, dead = this.deadLetters): Ports {
    const call = (what: string, effect: () => void) => instance.call('queue', what, async () => effect());
    const ports = { store: this.#storeOf(instance), queue: queuePort({ own, dead }, call) };
    return this.#mutant.ports?.(ports, instance.role) ?? ports;
  }

  #storeOf(instance: Instance): JobStore {
    return {
      read: (id) => instance.call('table', 'read', () => this.table.read(id)),
      write: (write) =>
        instance.call('table', write.transition, async () => {
          const before = this.table.items.get(write.id);
          const after = await this.table.write(this.#mutant.write?.(write) ?? write);
          this.say(`${instance.name}:    ${write.transition} ${after ? `-> ${told(after)}` : 'refused'}`);
          if (after) this.guard(() => this.invariants.onWrite(this.#effect(instance, write, before, after)));
          else this.invariants.onRefusal(instance.name, write);
          return after;
        }),
    };
  }

  #effect(instance: Instance, write: JobWrite, before: JobItem | undefined, after: JobItem): Effect {
    return { instance: instance.name, write, before, after, now: this.time.now };
  }

  async #work(event: SQSEvent, instance: Instance): Promise<SQSBatchResponse> {
    this.#mutant.deliver?.(event, this.queue);
    const { clock } = instance;
    const base = { ...this.portsOf(instance), clock, random: this.random, log: quiet, retentionMs };
    const deps = { ...base, ...this.figures, works: this.#watched(this.works) };
    const invocation = invocationOf(contextOf(clock.now, this.figures.functionTimeoutMs), clock);
    const answer = await processBatch(event, (delivery) => processDelivery(delivery, invocation, deps), deps);
    return this.#mutant.answer?.(answer, event, this.invariants.lostBy(instance.name)) ?? answer;
  }

  #resolve(event: SQSEvent, instance: Instance): Promise<SQSBatchResponse> {
    const { clock } = instance;
    const deps = {
      ...this.portsOf(instance, this.deadLetters, this.unreadable),
      clock,
      log: quiet,
      retentionMs,
    };
    return processBatch(event, (delivery) => resolveDeadLetter(delivery, deps), deps);
  }

  #watched(works: Works): Works {
    const watch = (job: JobContext) => {
      const item = this.table.items.get(job.id);
      if (item) this.guard(() => this.invariants.onStart(job, item));
    };
    return new Proxy(works, {
      get(all, type) {
        const work: unknown = Reflect.get(all, type);
        if (typeof work !== 'function') return work;
        return (payload: unknown, job: JobContext) => {
          watch(job);
          return work(payload, job);
        };
      },
    });
  }
}

const told = ({
  status,
  run,
  attempt,
  token,
}: {
  status: string;
  run: number;
  attempt: number;
  token: number;
}) => `${status} (run ${run}, attempt ${attempt}, token ${token})`;

/** What Powertools and the worker look at. */
function contextOf(now: () => number, timeoutMs: number): Context {
  const end = now() + timeoutMs;
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'simulated',
    functionVersion: '1',
    invokedFunctionArn: 'arn:simulated',
    memoryLimitInMB: '1',
    awsRequestId: 'simulated',
    logGroupName: 'simulated',
    logStreamName: 'simulated',
    getRemainingTimeInMillis: () => end - now(),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}
