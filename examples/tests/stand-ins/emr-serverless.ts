import type { OutsideClock } from '../../../testkit/effects.ts';

/** A job run as the API shows it, times as epoch seconds. */
export interface EmrJobRun {
  readonly jobRunId: string;
  readonly applicationId: string;
  readonly name: string;
  readonly executionRole: string;
  readonly createdAt: number;
  readonly state: 'SUBMITTED' | 'PENDING' | 'RUNNING' | 'SUCCESS' | 'FAILED' | 'CANCELLING' | 'CANCELLED';
  readonly stateDetails: string;
  readonly jobDriver: unknown;
}

export interface NewEmrJobRun {
  readonly clientToken: string;
  readonly executionRoleArn: string;
  readonly name: string;
  readonly jobDriver: unknown;
}

/** As the API names it, with its status. */
export class EmrError extends Error {
  override readonly name: string;
  readonly status: number;
  constructor(name: string, status: number, message: string) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

interface Settings {
  readonly application?: string;
  readonly pendingSeconds?: number;
  readonly runningSeconds?: number;
  readonly cancellingSeconds?: number;
  readonly listingLagSeconds?: number;
  readonly tokenSeconds?: number;
  readonly failsWith?: string;
}

type Started = NewEmrJobRun & { readonly id: string; readonly at: number; canceledAt?: number };

const pageSize = 10;

/**
 * EMR Serverless, as its API reference describes it. How long it remembers a client token, and how late its list is, it
 * does not say: here it is a minute, and half a minute.
 */
export class EmrServerless {
  readonly #clock: OutsideClock;
  readonly #settings: Settings;
  readonly #started: Started[] = [];
  #refusals: readonly EmrError[] = [];

  constructor(clock: OutsideClock, settings: Settings = {}) {
    this.#clock = clock;
    this.#settings = settings;
  }

  get application(): string {
    return this.#settings.application ?? '00f5abc123def456';
  }

  /** The next requests are refused. */
  refuse(...errors: readonly EmrError[]): void {
    this.#refusals = [...this.#refusals, ...errors];
  }

  start(run: NewEmrJobRun): EmrJobRun {
    this.#admit();
    const now = this.#clock.now();
    const tokenMs = (this.#settings.tokenSeconds ?? 60) * 1000;
    const known = this.#started.find((one) => one.clientToken === run.clientToken && now - one.at < tokenMs);
    if (known) return this.#shown(known);
    const started = { ...run, id: `${now.toString(36)}${this.#started.length + 1}`, at: now };
    this.#started.push(started);
    return this.#shown(started);
  }

  /** @param createdAtAfter epoch milliseconds @param from where the page begins */
  list(createdAtAfter: number, from: number) {
    this.#admit();
    const lagMs = (this.#settings.listingLagSeconds ?? 30) * 1000;
    const listed = this.#started.filter(({ at }) => this.#clock.now() - at >= lagMs && at > createdAtAfter);
    const next = from + pageSize < listed.length ? from + pageSize : undefined;
    return { jobRuns: listed.slice(from, from + pageSize).map((run) => this.#shown(run)), next };
  }

  get(id: string): EmrJobRun {
    this.#admit();
    return this.#shown(this.#find(id));
  }

  cancel(id: string): void {
    this.#admit();
    const run = this.#find(id);
    const { state } = this.#shown(run);
    if (['SUCCESS', 'FAILED', 'CANCELLED'].includes(state))
      throw new EmrError('ValidationException', 400, `the job run is ${state}`);
    run.canceledAt ??= this.#clock.now();
  }

  get runs(): readonly EmrJobRun[] {
    return this.#started.map((run) => this.#shown(run));
  }

  #admit(): void {
    const [error, ...rest] = this.#refusals;
    this.#refusals = rest;
    if (error) throw error;
  }

  #find(id: string): Started {
    const found = this.#started.find((run) => run.id === id);
    if (!found) throw new EmrError('ResourceNotFoundException', 404, `there is no job run ${id}`);
    return found;
  }

  #shown(run: Started): EmrJobRun {
    const { id, at, name, executionRoleArn, jobDriver } = run;
    return {
      ...{ jobRunId: id, applicationId: this.application, name, executionRole: executionRoleArn, jobDriver },
      createdAt: at / 1000,
      ...this.#stateOf(run),
    };
  }

  #stateOf({ at, canceledAt }: Started): Pick<EmrJobRun, 'state' | 'stateDetails'> {
    const { pendingSeconds = 30, runningSeconds = 300, cancellingSeconds = 20, failsWith } = this.#settings;
    const since = (time: number) => (this.#clock.now() - time) / 1000;
    if (canceledAt !== undefined)
      return { state: since(canceledAt) < cancellingSeconds ? 'CANCELLING' : 'CANCELLED', stateDetails: '' };
    const seconds = since(at) - pendingSeconds;
    if (seconds < 0) return { state: 'PENDING', stateDetails: '' };
    if (seconds < runningSeconds) return { state: 'RUNNING', stateDetails: '' };
    return failsWith === undefined
      ? { state: 'SUCCESS', stateDetails: '' }
      : { state: 'FAILED', stateDetails: failsWith };
  }
}
