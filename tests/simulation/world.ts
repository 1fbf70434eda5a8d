import type { Contracts } from '../../shared/author/contract.ts';
import type { Suspensions } from '../../shared/domain/access/ports.ts';
import { defined } from '../../shared/domain/base/defined.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { TransitionName } from '../../shared/domain/state/job/transitions.ts';
import { type PausesByName, pausesId } from '../../shared/domain/state/limits/pause.ts';
import { pausesOf } from '../../shared/domain/state/limits/pauses.ts';
import { inMemoryBatches } from '../../testkit/fakes/in-memory-batches.ts';
import { InMemoryEndpoints } from '../../testkit/fakes/in-memory-endpoints.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryMultipartUploads, InMemoryObjectStore } from '../../testkit/fakes/in-memory-objects.ts';
import { InMemoryRecords } from '../../testkit/fakes/in-memory-records.ts';
import { inMemoryStartRates } from '../../testkit/fakes/in-memory-start-rates.ts';
import { SeededRandom } from '../../testkit/play/seeded-random.ts';
import { VirtualTime } from '../../testkit/play/virtual-time.ts';
import { contracts } from '../job-types/contracts.ts';
import { type AllHandlers, handlers } from '../set-ups/handlers.ts';
import { Outages } from './after-losses.ts';
import { boundsOf } from './bounds.ts';
import { Builds } from './builds.ts';
import { ChildRule } from './child-rule.ts';
import { CountRule } from './count-rule.ts';
import { DebounceRule } from './debounce-rule.ts';
import { deploy } from './deployment.ts';
import { Elsewhere } from './elsewhere.ts';
import { EndpointRule } from './endpoint-rule.ts';
import { ErrorGroupRule } from './error-group-rule.ts';
import { type Forces, LateIndex, noForces } from './forces.ts';
import { Forgetting } from './forgetting.ts';
import { GroupParentRule } from './group-parent-rule.ts';
import type { Instance } from './instance.ts';
import { Invariants } from './invariants.ts';
import {
  type Figures,
  maxReceiveCount,
  maxReceivesAnHour,
  simulatedPartBytes,
  standardFigures,
} from './limits.ts';
import { LinkRule } from './link-rule.ts';
import { MeterRule } from './meter-rule.ts';
import { honest, type Mutant, type Ports } from './mutant.ts';
import { Net } from './net.ts';
import { newInstance } from './new-instance.ts';
import { NotifyRule } from './notify-rule.ts';
import { ObjectRule } from './object-rule.ts';
import { PauseDoorRule } from './pause-door-rule.ts';
import { PauseRule } from './pause-rule.ts';
import { portsOf } from './ports.ts';
import { ReceiveRule } from './receive-rule.ts';
import { RemovalRule } from './removal-rule.ts';
import { ReportRule } from './report-rule.ts';
import { RunningRule } from './running-rule.ts';
import { Servers } from './servers.ts';
import { SignalRule } from './signal-rule.ts';
import { type QueueSettings, SimulatedQueue } from './simulated-queue.ts';
import { SimulatedScheduler } from './simulated-scheduler.ts';
import { SoonRule } from './soon-rule.ts';
import { StepOutputRule } from './step-output-rule.ts';
import { StepRule } from './step-rule.ts';
import { StuckRule } from './stuck-rule.ts';
import { SubmitRule } from './submit-rule.ts';
import { Targets } from './targets.ts';
import { TenantLimitRule } from './tenant-limit-rule.ts';
import { ChildEndsRule, StartRateRule } from './time-rules.ts';
import { Trace } from './trace.ts';
import { UniqueRule } from './unique-rule.ts';
import { WebhookLimitRule } from './webhook-limit-rule.ts';
import { simulatedWorkPlaces } from './work-place-port.ts';
import { WorkPlaceRule } from './work-place-rule.ts';
import type { WorldSettings } from './world-settings.ts';

/** The whole system, simulated: real use cases on virtual time, a virtual queue and the in-memory table. */
export class World {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly table = new InMemoryJobStore();
  /** All items that are no jobs. */
  readonly records = new InMemoryRecords();
  readonly batches = inMemoryBatches(this.records);
  readonly endpoints = new InMemoryEndpoints();
  readonly bucket = new InMemoryObjectStore();
  readonly multipart = new InMemoryMultipartUploads(this.bucket.objects, simulatedPartBytes);
  readonly objectRule = new ObjectRule();
  readonly stepRule = new StepRule();
  readonly stepOutputRule = new StepOutputRule(this);
  readonly signalRule = new SignalRule(this);
  readonly linkRule = new LinkRule(this);
  readonly childRule = new ChildRule(this);
  readonly childEndsRule = new ChildEndsRule(this);
  readonly startRateRule = new StartRateRule(this);
  readonly groupParentRule = new GroupParentRule(this);
  readonly submitRule = new SubmitRule(this);
  readonly reportRule: ReportRule;
  readonly notifyRule = new NotifyRule();
  readonly endpointRule = new EndpointRule(this);
  readonly meterRule: MeterRule;
  readonly errorGroupRule = new ErrorGroupRule();
  readonly targets = new Targets();
  readonly elsewhere = new Elsewhere();
  readonly invariants: Invariants;
  readonly trace = new Trace();
  readonly settings: WorldSettings;
  readonly figures: Figures;
  /** It stands for `standard` and `long`: they differ in figures only, of which a world has but one set. */
  readonly queue: SimulatedQueue;
  /** The long queue beside it, whose worker runs one job an invocation: for jobs that crashed in company. */
  readonly single: SimulatedQueue;
  readonly ordered: SimulatedQueue;
  /** The ordered queues of the stage, in the order of their numbers. */
  readonly orderedQueues: readonly SimulatedQueue[];
  /** The queue that a type ran from before it moved. Its worker has no handler for it any more. */
  readonly earlier: SimulatedQueue;
  readonly waiting: SimulatedQueue;
  readonly deadLetters: SimulatedQueue;
  readonly quarantined: SimulatedQueue;
  readonly notifying: SimulatedQueue;
  /** The notifications to endpoints that may be slow, and the messages that try endpoints. */
  readonly slowNotifying: SimulatedQueue;
  readonly scheduler: SimulatedScheduler;
  readonly forces: Forces;
  readonly index: LateIndex;
  readonly net = new Net(this);
  readonly stuckRule = new StuckRule(this);
  readonly tenantLimitRule = new TenantLimitRule(this);
  readonly runningRule = new RunningRule(this);
  readonly webhookLimitRule = new WebhookLimitRule(this);
  readonly countRule = new CountRule(this);
  readonly startRates = inMemoryStartRates(this.records);
  readonly workPlaces = simulatedWorkPlaces(this);
  readonly workPlaceRule = new WorkPlaceRule(this);
  readonly debounceRule = new DebounceRule(this);
  readonly uniqueRule = new UniqueRule(this);
  readonly paused = new Set<string>();
  /** What an operator has paused. */
  get pauses(): PausesByName {
    return pausesOf(this.records.items.get(pausesId));
  }
  readonly pauseRule = new PauseRule(this);
  readonly pauseDoorRule = new PauseDoorRule(this);
  /** The suspended tenants. */
  readonly suspended = new Set<string>();
  readonly suspensions: Suspensions = { isSuspended: async (name) => this.suspended.has(name) };
  /** The jobs that TTL has removed. */
  readonly expired = new Set<string>();
  readonly removalRule = new RemovalRule(this);
  readonly soonRule = new SoonRule(this);
  readonly forgetting = new Forgetting(this);
  readonly calls: string[] = [];
  violation: unknown;
  /** The transitions that each instance has made, by its name. */
  readonly made = new Map<string, readonly TransitionName[]>();
  /** The handlers of the job types. A scenario may put its own. */
  handlers: AllHandlers = handlers;
  /** Their contracts. A scenario may change them, too. */
  contracts: Contracts = contracts;
  /** The build that a process is of may lack all job types. */
  lacksTypes: (instance: Instance) => boolean = () => false;
  /** The functions of a role cannot read their configuration: new code meets old variables. */
  lacksConfiguration: (role: string) => boolean = () => false;
  /** A scenario can make something happen right before a call to the table. */
  interpose: ((role: string, call: string, id: string) => Promise<void>) | undefined;
  /** Told of each call before it is made. */
  onCall: ((instance: Instance, what: string) => void) | undefined;
  /** How many children one call looks at, and erases. Default: as many as one answer has time for. */
  erasesAtOnce: { readonly looks: number; readonly erases: number } | undefined;
  readonly servers: Servers | undefined;
  readonly builds: Builds | undefined;
  /** Every instance of the worker, oldest first. */
  readonly workers: Instance[] = [];
  readonly outages = new Outages();
  #instances = 0;
  /** The processes whose invocation has ended, by their function. */
  readonly #suspended = new Map<string, Instance[]>();
  readonly mutant: Mutant;

  constructor(settings: WorldSettings = {}) {
    this.settings = settings;
    this.meterRule = new MeterRule(this.guard, { isDisturbed: settings.chaos ?? false });
    this.time = new VirtualTime(settings.maxSteps, defined({ maxDays: settings.maxDays }));
    const { forces = noForces } = settings;
    this.forces = forces;
    this.index = new LateIndex(this.table.items, this.time, this.forces);
    this.builds = settings.builds && new Builds(this.time, settings.builds);
    this.figures = settings.figures ?? standardFigures;
    this.reportRule = new ReportRule({
      contracts: () => this.contracts,
      heartbeatMs: this.figures.heartbeatMs,
      isDisturbed: settings.plan !== undefined || (settings.chaos ?? false),
      hasIlls: settings.hasIlls ?? false,
    });
    this.invariants = new Invariants(boundsOf(settings, this.figures));
    this.mutant = settings.mutant ?? honest;
    this.random = new SeededRandom(settings.seed ?? 1);
    const unreliability = {
      random: this.random,
      duplicate: settings.chaos ? 0.1 : 0,
      maxDuplicates: settings.maxDuplicates ?? Number.POSITIVE_INFINITY,
      reorder: settings.chaos ?? false,
      takesOutdatedHandles: settings.takesOutdatedHandles ?? true,
      miscount: settings.miscount ?? 0,
      forces: this.forces,
    };
    const { visibilityMs } = this.figures;
    const queue = (name: string, more: Partial<QueueSettings> = {}): SimulatedQueue =>
      new SimulatedQueue(name, this.time, { visibilityMs, maxReceiveCount, ...more }, unreliability);
    this.quarantined = queue('quarantine');
    this.notifying = queue('notify');
    this.slowNotifying = queue('notify-slow');
    const deadLetters = queue('dead');
    this.deadLetters = deadLetters;
    const { chaos = false, scheduler: trouble = {} } = settings;
    this.scheduler = new SimulatedScheduler(this.time, { trouble, chaos, random: this.random, deadLetters });
    this.queue = queue('run', { deadLetters });
    this.single = queue('single', { deadLetters });
    this.earlier = queue('earlier', { deadLetters });
    this.ordered = queue('ordered', { deadLetters, fifo: true });
    const others = [...Array((settings.orderedQueues ?? 1) - 1).keys()];
    this.orderedQueues = [
      this.ordered,
      ...others.map((index) => queue(`ordered-${index + 2}`, { deadLetters, fifo: true })),
    ];
    this.waiting = queue('waiting', { deadLetters });
    this.#watchReceives();
    deploy(this);
    this.servers = settings.servers && new Servers(this, settings.servers);
  }

  /**
   * No message is received in a hot loop, unless failed messages come back at once, SQS delivers duplicates, or an older
   * build returns it. What waits is not in flight, unless something goes wrong.
   */
  #watchReceives(): void {
    const { plan, chaos, failedComeBackAtOnce, builds, forces } = this.settings;
    const rule = new ReceiveRule(
      this.table.items,
      chaos || failedComeBackAtOnce || builds || forces ? Infinity : maxReceivesAnHour,
      () => this.builds?.isInTurns ?? false,
    );
    for (const queue of [...this.#runQueues, this.waiting, this.deadLetters])
      queue.onReceive = (message, timesAnHour) =>
        this.guard(() => rule.onReceive(message, { now: this.time.now, timesAnHour }));
    if (plan || chaos || builds) return;
    for (const queue of [...this.#runQueues, this.waiting])
      queue.onLeft = (message, invisibleMs) =>
        this.guard(() => rule.onLeft(message, invisibleMs, this.time.now));
  }

  get #runQueues(): readonly SimulatedQueue[] {
    return [this.queue, this.single, ...this.orderedQueues, this.earlier];
  }

  /** Whether a message of a group has been received again since this receive of it. */
  isOutdated(receiptHandle: string | undefined): boolean {
    if (receiptHandle === undefined) return false;
    return this.orderedQueues.some((queue) => queue.isOutdated(receiptHandle));
  }

  /** Runs until nothing is left to do. @throws the first violation */
  async run(): Promise<void> {
    await this.time.run(() => {
      this.guard(() => this.soonRule.onStep());
      if (this.violation) throw this.violation;
    });
    this.guard(() => this.meterRule.onEnd());
    if (this.violation) throw this.violation;
  }

  readonly say = (line: string): void => this.trace.say(this.time.now, line);

  /** Records a violation wherever it is thrown: the code under test may catch it. */
  readonly guard = (check: () => void): void => {
    try {
      check();
    } catch (violation) {
      this.violation ??= violation;
    }
  };

  /** Kills the worker that runs a job, as the job may do itself. */
  crash(id: string): void {
    const name = this.invariants.company.holderOf(id);
    const worker = this.workers.find((one) => one.name === name);
    const killChild = worker?.children.get(id);
    if (killChild) killChild();
    else worker?.kill('poison');
  }

  /** Removes an item as TTL does. */
  readonly expire = (id: string): void => {
    this.table.items.delete(id);
    this.expired.add(id);
    this.invariants.onExpired(id);
  };

  /** The table has an item of before, as a backup had it. */
  restore(item: JobItem): void {
    this.table.items.set(item.id, item);
    this.invariants.onRestored(item);
  }

  /** The table has these items, as a backup had them, and no other. */
  restoreTable(items: readonly JobItem[]): void {
    for (const id of this.table.items.keys()) this.invariants.onRestored({ id, fencingToken: 0 });
    this.table.items.clear();
    for (const item of items) this.restore(item);
  }

  /** Freezes a process until its function is invoked again. */
  suspend(instance: Instance): void {
    instance.suspend();
    this.#suspended.set(instance.role, [...(this.#suspended.get(instance.role) ?? []), instance]);
  }

  /** An instance of a function. */
  instance(role: string): Instance {
    this.#suspended.get(role)?.shift()?.thaw();
    return this.#instance(role);
  }

  /** The process of a worker server. */
  server(): Instance {
    return this.#instance('worker', { isServer: true });
  }

  #instance(role: string, { isServer = false } = {}): Instance {
    this.#instances += 1;
    const instance = newInstance(this, { role, number: this.#instances, isServer });
    if (role === 'worker') this.workers.push(instance);
    return instance;
  }

  contractsFor(role: string): Contracts {
    return this.mutant.contracts?.(this.contracts, role) ?? this.contracts;
  }

  portsOf(instance: Instance, own: SimulatedQueue = this.queue): Ports {
    return portsOf(this, instance, own);
  }
}
