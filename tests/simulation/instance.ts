import { QueueUnavailableError, StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import type { Clock } from '../../shared/domain/base/ports.ts';
import { ObjectsUnavailableError } from '../../shared/domain/objects/object-errors.ts';
import { SchedulesUnavailableError } from '../../shared/domain/schedules/schedule-errors.ts';
import type { VirtualTime } from '../../testkit/play/virtual-time.ts';
import type { Fault, FaultPlan } from './faults.ts';

/** What an instance calls, and the error that it gets if it cannot be reached. */
const unavailable = {
  table: StoreUnavailableError,
  queue: QueueUnavailableError,
  bucket: ObjectsUnavailableError,
  service: Error,
  scheduler: SchedulesUnavailableError,
} as const;
export type Port = keyof typeof unavailable;

export interface InstanceSettings {
  readonly plan: FaultPlan;
  /** Counts a call. @returns its number, from 1 */
  readonly number: (what: string) => number;
  readonly trace: (line: string) => void;
  /** Called when a fault crashes it. */
  readonly crashed: () => void;
  /** Called when it dies of anything but the end of its invocation. */
  readonly died: () => void;
  /** Stops a server: the one that the instance is, or another one. */
  readonly stopServer: () => void;
  /** Called when a server makes a call after its exit. */
  readonly calledAfterExit: (what: string) => void;
  /** Makes the table or the queues unreachable for everybody, for a while. */
  readonly beginOutage: (port: Port) => void;
  readonly isOut: (port: Port) => boolean;
  readonly heartbeatMs: number;
  /** Longer than a lease. */
  readonly slowMs: number;
  readonly latencyMs: (port: Port) => number;
  /** Called when a call is about to take effect. */
  readonly onCall: (port: Port) => void;
  readonly skewMs: number;
}

/** An answer as its `Date` and its error tell of it. */
export interface Answer {
  readonly isRefused: boolean;
  /** When its call was sent, by the clock of the instance, and when it was answered, by the clock of AWS. */
  readonly sentAt: number;
  readonly at: number;
}

/** One running instance of a function. It can die and freeze, and its calls can fail. */
export class Instance {
  readonly name: string;
  /** The function that it is an instance of. */
  readonly role: string;
  readonly #time: VirtualTime;
  readonly #settings: InstanceSettings;
  #dead = false;
  #frozenUntil = 0;
  #thawed: Promise<void> | undefined;
  #thaw: () => void = () => {};
  /** The ids of the jobs that share its process: of a function, those whose messages it has received. */
  jobs = new Set<string>();
  /** Of a server: kills the process that a job has to itself, by the job's id. */
  readonly children = new Map<string, () => void>();
  /** Of a server: whether its jobs find no room for their files. */
  isDiskFull = false;
  /** Of a server: whether AWS refuses its calls. */
  isRefused = false;
  /** Of a server: how far its clock is ahead, beside the usual difference. */
  clockOffMs = 0;
  /** Of a server: hears the answers of SQS and DynamoDB. */
  hear: ((answer: Answer) => void) | undefined;
  #hasExited = false;
  /** Why it deletes or returns each message, by message id. */
  readonly whys = new Map<string, string>();
  /** Resolved when it dies. */
  readonly death: Promise<void>;
  #die: () => void = () => {};

  constructor(role: string, number: number, time: VirtualTime, settings: InstanceSettings) {
    this.role = role;
    this.name = `${role}-${number}`;
    this.#time = time;
    this.#settings = settings;
    this.death = new Promise((resolve) => {
      this.#die = resolve;
    });
  }

  get isDead(): boolean {
    return this.#dead;
  }

  kill(why: string): void {
    if (this.#dead) return;
    this.#dead = true;
    if (why) {
      this.#settings.trace(`${this.name}: dies (${why})`);
      this.#settings.died();
    }
    this.#die();
  }

  /** A server's own end: it has nothing left to do. */
  exit(): void {
    if (this.#dead) return;
    this.#settings.trace(`${this.name}: exits`);
    this.#hasExited = true;
    this.kill('');
  }

  #crash(fault: string): void {
    this.kill(fault);
    this.#settings.crashed();
  }

  /** Does nothing for longer than a lease lives. */
  freeze(forMs = this.#settings.slowMs): void {
    this.#settings.trace(`${this.name}: freezes`);
    this.#frozenUntil = this.#time.now + forMs;
  }

  /** Lambda freezes the process when its invocation has ended. What the invocation left running stands still. */
  suspend(): void {
    this.#thawed ??= new Promise((resolve) => {
      this.#thaw = resolve;
    });
  }

  /** The process gets its next invocation, and what was left running goes on. */
  thaw(): void {
    this.#thaw();
    this.#thawed = undefined;
  }

  /** The clock of the machine it runs on. */
  get clock(): Clock {
    return {
      now: () => this.#time.now + this.#settings.skewMs + this.clockOffMs,
      sleep: async (milliseconds, signal) => {
        if (signal?.aborted) return;
        await this.#time.sleep(milliseconds, signal);
        await this.#alive();
      },
    };
  }

  /** Makes one numbered call, with the fault that the plan has for it. */
  async call<T>(port: Port, what: string, effect: () => Promise<T>): Promise<T> {
    await this.#alive();
    if (this.#hasExited) await this.#afterExit(what);
    const { trace, plan, number, latencyMs, slowMs, beginOutage, isOut, onCall } = this.#settings;
    const call = { number: number(what), what };
    const fault = plan(call);
    trace(`${this.name}: #${call.number} ${what}${fault ? `  <<< ${fault}` : ''}`);
    this.#strike(fault);
    await this.#alive();
    const sentAt = this.clock.now();
    await this.#time.pause(latencyMs(port) + (fault === 'slow-request' ? slowMs : 0));
    if (fault === 'outage') beginOutage(port);
    if (isOut(port)) return this.#fail(port, 'out of reach');
    if (this.isRefused) return this.#refuse(port, sentAt);
    if (fault === 'throttle') return this.#fail(port, 'throttled');
    if (fault === 'late-effect') {
      this.#echo(effect, fault);
      return this.#fail(port, 'timed out');
    }
    const answered = { isRefused: false, sentAt, at: this.#time.now };
    onCall(port);
    let result = await effect();
    if (fault === 'repeat') result = await effect();
    if (fault === 'echo' || fault === 'late-echo') this.#echo(effect, fault);
    if (fault === 'crash-after') this.#crash(fault);
    await this.#time.pause(latencyMs(port) + (fault === 'slow-answer' ? slowMs : 0));
    this.#heard(port, answered);
    if (fault === 'error-after') return this.#fail(port, 'timed out');
    await this.#alive();
    return result;
  }

  async #refuse(port: Port, sentAt: number): Promise<never> {
    this.#heard(port, { isRefused: true, sentAt, at: this.#time.now });
    return this.#fail(port, 'refused');
  }

  /** A server listens to these alone. */
  #heard(port: Port, answer: Answer): void {
    if ((port === 'table' || port === 'queue') && !this.#dead) this.hear?.(answer);
  }

  async #afterExit(what: string): Promise<never> {
    this.#settings.calledAfterExit(what);
    return new Promise<never>(() => {});
  }

  /** What happens before the call is made. */
  #strike(fault: Fault | undefined): void {
    if (fault === 'stop') this.#settings.stopServer();
    if (fault === 'crash-before') this.#crash(fault);
    if (fault === 'freeze') this.freeze();
  }

  #echo(effect: () => Promise<unknown>, fault: 'echo' | 'late-echo' | 'late-effect'): void {
    const { trace, heartbeatMs } = this.#settings;
    this.#time.after(fault === 'echo' ? 500 : heartbeatMs * 1.5, () => {
      trace(`${this.name}: a delayed request is carried out`);
      void effect().catch(() => undefined);
    });
  }

  async #fail(port: Port, why: string): Promise<never> {
    await this.#alive();
    throw new unavailable[port](why);
  }

  /**
   * Resolves when the instance goes on: at once, after a freeze, or never. After its own exit it does: whatever it calls then
   * is something that it did not wait for.
   */
  async #alive(): Promise<void> {
    while (!this.#dead && this.#thawed) await this.#thawed;
    while (!this.#dead && this.#frozenUntil > this.#time.now)
      await this.#time.pause(this.#frozenUntil - this.#time.now);
    if (this.#dead && !this.#hasExited) await new Promise<never>(() => {});
  }
}
