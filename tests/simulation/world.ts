import type { JobItem } from '../../shared/job/item.ts';
import type { JobWrite } from '../../shared/job/job-write.ts';
import type { JobMessage } from '../../shared/job/message.ts';
import type { JobStore } from '../../shared/job/ports.ts';
import type { TransitionName } from '../../shared/job/transitions.ts';
import { type AllHandlers, handlers } from '../fakes/handlers.ts';
import { InMemoryJobStore } from '../fakes/in-memory-job-store.ts';
import { deploy } from './deployment.ts';
import type { Effect } from './effect.ts';
import { type FaultPlan, noFaults } from './faults.ts';
import { Instance, type Port } from './instance.ts';
import { Invariants } from './invariants.ts';
import { type Figures, maxReceiveCount, maxSkewMs, standardFigures } from './limits.ts';
import { honest, type Mutant, type Ports } from './mutant.ts';
import { queuePort } from './queue-port.ts';
import { SeededRandom } from './random.ts';
import { type QueueSettings, SimulatedQueue } from './simulated-queue.ts';
import { Violation } from './violation.ts';
import { VirtualTime } from './virtual-time.ts';

export interface WorldSettings {
  readonly seed?: number;
  readonly plan?: FaultPlan;
  readonly mutant?: Mutant;
  /** Duplicates, reordering, uneven latency and clocks that differ. */
  readonly chaos?: boolean;
  /** Failed messages come back after a second, not when their visibility timeout ends: sources disagree on what AWS does. */
  readonly failedComeBackAtOnce?: boolean;
  /** Whether a standard queue acts on a receipt handle that a later receive has made outdated. */
  readonly takesOutdatedHandles?: boolean;
  readonly figures?: Figures;
  /** How often admission may send one job on. */
  readonly maxAdmissions?: number;
  /** Within which time a crashed worker's job is claimed again, where the visibility is changed before the claim. */
  readonly takenOverWithinMs?: number;
  /** Instead of the figures' own. */
  readonly batchSize?: number;
}

const maxReceivesAnHour = 40;
const outageMs = 4 * 60_000;

/** Only a message that waits to be woken is invisible for so long. */
const invisibleUntilWokenMs = 11 * 3600 * 1000;

/** The whole system, simulated: real use cases on virtual time, a virtual queue and the in-memory table. */
export class World {
  readonly time = new VirtualTime();
  readonly random: SeededRandom;
  readonly table = new InMemoryJobStore();
  readonly invariants: Invariants;
  readonly trace: string[] = [];
  readonly settings: WorldSettings;
  readonly figures: Figures;
  /** It stands for `standard` and `long`: they differ in figures only, of which a world has but one set. */
  readonly queue: SimulatedQueue;
  /** The long queue beside it, whose worker runs one job an invocation: for jobs that crashed in company. */
  readonly single: SimulatedQueue;
  readonly ordered: SimulatedQueue;
  /** The queue that a type ran from before it moved. Its worker has no handler for it any more. */
  readonly earlier: SimulatedQueue;
  readonly waiting: SimulatedQueue;
  readonly deadLetters: SimulatedQueue;
  readonly quarantined: SimulatedQueue;
  /** What was called, in this order. */
  readonly calls: string[] = [];
  violation: unknown;
  /** The transitions that each instance has made, by its name. */
  readonly made = new Map<string, readonly TransitionName[]>();
  /** The handlers of the job types. A scenario may put its own. */
  handlers: AllHandlers = handlers;
  /** A scenario can make something happen right before a call to the table. */
  interpose: ((role: string, call: string, id: string) => Promise<void>) | undefined;
  /** Every instance of the worker, oldest first. */
  readonly workers: Instance[] = [];
  readonly #outages = new Map<Port, number>();
  #instances = 0;
  readonly mutant: Mutant;

  constructor(settings: WorldSettings = {}) {
    this.settings = settings;
    this.figures = settings.figures ?? standardFigures;
    this.invariants = new Invariants({
      maxAdmissions: settings.maxAdmissions ?? this.#maxAdmissions(),
      takenOverWithinMs: settings.takenOverWithinMs ?? this.#takenOverWithinMs(),
      changeVisibilityBeforeClaim: this.figures.changeVisibilityBeforeClaim,
    });
    this.mutant = settings.mutant ?? honest;
    this.random = new SeededRandom(settings.seed ?? 1);
    const unreliability = {
      random: this.random,
      duplicate: settings.chaos ? 0.1 : 0,
      reorder: settings.chaos ?? false,
      takesOutdatedHandles: settings.takesOutdatedHandles ?? true,
    };
    const { visibilityMs, onlyWakes = false } = this.figures;
    const queue = (name: string, more: Partial<QueueSettings> = {}): SimulatedQueue =>
      new SimulatedQueue(name, this.time, { visibilityMs, maxReceiveCount, ...more }, unreliability);
    this.quarantined = queue('quarantine');
    const deadLetters = queue('dead');
    this.deadLetters = deadLetters;
    this.queue = queue('run', { deadLetters });
    this.single = queue('single', { deadLetters });
    this.earlier = queue('earlier', { deadLetters });
    this.ordered = queue('ordered', { deadLetters, fifo: true });
    this.waiting = queue('waiting', {
      deadLetters,
      lostWhenInvisibleForMs: onlyWakes ? invisibleUntilWokenMs : undefined,
    });
    this.#watchReceives();
    deploy(this);
  }

  /** No message is received in a hot loop, unless failed messages come back at once or SQS delivers duplicates. */
  #watchReceives(): void {
    const { chaos, failedComeBackAtOnce } = this.settings;
    if (chaos || failedComeBackAtOnce) return;
    for (const queue of [this.queue, this.single, this.ordered, this.earlier, this.waiting, this.deadLetters])
      queue.onReceive = (id, times) =>
        this.guard(() => {
          if (times > maxReceivesAnHour)
            throw new Violation('a message is received a bounded number of times an hour', `${id}: ${times}`);
        });
  }

  /** Once. If the message itself may come back meanwhile, or something goes wrong, each may add one more. */
  #maxAdmissions(): number {
    const { plan, chaos, failedComeBackAtOnce } = this.settings;
    return plan || chaos || failedComeBackAtOnce ? 3 : 1;
  }

  /** As deployed: a lease of 60 s, and a crashed slice is taken over within 90. */
  #takenOverWithinMs(): number {
    const { leaseMs, atOnceSeconds } = this.figures;
    // In this schedule, a worker that finds the lease alive does not get the message back exactly when it ends.
    return leaseMs + 30_000 + (this.settings.failedComeBackAtOnce ? atOnceSeconds * 1000 : 0);
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

  /** Records a violation wherever it is thrown: the code under test may catch it. */
  guard(check: () => void): void {
    try {
      check();
    } catch (violation) {
      this.violation ??= violation;
    }
  }

  /** Kills the worker that runs a job, as the job may do itself. */
  crash(id: string): void {
    const name = this.invariants.company.holderOf(id);
    this.workers.find((worker) => worker.name === name)?.kill('poison');
  }

  /** Removes an item as TTL does. */
  expire(id: string): void {
    this.table.items.delete(id);
    this.invariants.onExpired(id);
  }

  instance(role: string): Instance {
    const { plan = noFaults, chaos } = this.settings;
    this.#instances += 1;
    const instance: Instance = new Instance(role, this.#instances, this.time, {
      plan,
      crashed: () => this.invariants.takeOver.onCrash(instance.name, this.time.now, this.table.items),
      died: () => this.invariants.company.onDeath(instance.name, instance.jobs.size, this.table.items),
      number: (what) => this.calls.push(what),
      trace: (line) => this.say(line),
      beginOutage: (port) => this.#outages.set(port, this.time.now + outageMs),
      isOut: (port) => (this.#outages.get(port) ?? 0) > this.time.now,
      heartbeatMs: this.figures.heartbeatMs,
      slowMs: this.figures.leaseMs + 6_000,
      latencyMs: () => (chaos ? 1 + this.random.below(this.random.chance(0.05) ? 4_000 : 40) : 1),
      skewMs: chaos ? this.random.below(maxSkewMs) - maxSkewMs / 2 : 0,
    });
    if (role === 'worker') this.workers.push(instance);
    return instance;
  }

  /** Table and queues as one instance sees them, with its faults and the mutant in between. */
  portsOf(instance: Instance, own: SimulatedQueue = this.queue): Ports {
    const between = {
      call: (what: string, effect: () => void) => instance.call('queue', what, async () => effect()),
      onSent: (message: JobMessage) => this.guard(() => this.invariants.order.onSent(message, instance.role)),
      ...(this.mutant.deduplicationId ? { deduplicationId: this.mutant.deduplicationId } : {}),
    };
    const { ordered, waiting, quarantined } = this;
    const ports = {
      store: this.#storeOf(instance),
      queue: queuePort({ own, quarantined }, between),
      ordered: queuePort({ own: ordered, quarantined }, between),
      waiting: queuePort({ own: waiting, quarantined }, { ...between, onSent: () => {} }),
    };
    return this.mutant.ports?.(ports, instance.role, this) ?? ports;
  }

  #storeOf(instance: Instance): JobStore {
    return {
      read: async (id) => {
        await this.interpose?.(instance.role, 'read', id);
        return instance.call('table', 'read', () => this.table.read(id));
      },
      write: async (write) => {
        await this.interpose?.(instance.role, write.transition, write.id);
        return instance.call('table', write.transition, async () => {
          const before = this.table.items.get(write.id);
          const after = await this.table.write(this.mutant.write?.(write) ?? write);
          this.say(
            `${instance.name}:    ${write.transition} ${after ? `-> ${summaryOf(after)}` : 'refused'}`,
          );
          if (after) {
            this.made.set(instance.name, [...(this.made.get(instance.name) ?? []), write.transition]);
            this.guard(() =>
              this.invariants.onWrite(this.#effect(instance, write, before, after), this.table.items),
            );
          } else this.invariants.onRefusedWrite(instance.name, write);
          return after;
        });
      },
    };
  }

  #effect(instance: Instance, write: JobWrite, before: JobItem | undefined, after: JobItem): Effect {
    return { instance: instance.name, write, before, after, now: this.time.now };
  }
}

const summaryOf = ({ status, run, attempt, fencingToken }: JobItem) =>
  `${status} (run ${run}, attempt ${attempt}, fencing token ${fencingToken})`;
