import type { JobContract } from '../../shared/author/contract.ts';
import type { SubmitOptions } from '../../shared/author/handler.ts';
import { readJson } from '../../shared/domain/base/read-json.ts';
import type { JobProgress } from '../../shared/domain/state/job/item.ts';
import { recordedLog } from '../fakes/recorded-log.ts';
import type { Finding, FindingKind } from '../findings.ts';
import type { Call } from './cut.ts';
import type { Happening } from './happening.ts';
import { LookUps } from './look-ups.ts';
import { Spawned } from './spawned.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A job that the handler has submitted. The kit does not run it. */
export interface SubmittedJob {
  readonly key: string;
  readonly contract: JobContract;
  readonly payload: unknown;
  readonly options: SubmitOptions;
}

/** What happened in a run, in order. */
export class Journal {
  readonly #time: VirtualTime;
  readonly #start: number;
  readonly trace: string[] = [];
  readonly calls: Call[] = [];
  readonly checkpoints: unknown[] = [];
  readonly progress: JobProgress[] = [];
  readonly effects: Happening[] = [];
  readonly spawned = new Spawned();
  readonly lookUps = new LookUps();
  readonly findings: Finding[] = [];
  /** By their keys: one that comes again is the same job. */
  readonly submitted = new Map<string, SubmittedJob>();
  readonly log = recordedLog();
  /** What the context has given out. */
  readonly uuids = new Set<string>();
  readonly times = new Set<number>();
  /** URLs of modules that have made calls, if they are noted. */
  readonly modules = new Set<string>();
  /** Where the handler has first read a time outside its context. */
  timeRead: string | undefined;
  /** The handler did real work, such as reading files, of which nobody knows in which order it ends. */
  hasRaced = false;
  /** How far the job was when it offered a state, by the state as it is stored. */
  readonly #percents = new Map<string, number>();
  #starts: { readonly state: string | undefined; readonly count: number } = { state: undefined, count: 0 };

  constructor(time: VirtualTime) {
    this.#time = time;
    this.#start = time.now;
  }

  /** How much virtual time has passed. */
  get seconds(): number {
    return (this.#time.now - this.#start) / 1000;
  }

  say(line: string): void {
    this.trace.push(`${this.seconds.toFixed(3).padStart(9)} s  ${line}`);
  }

  /** Numbers a call. */
  count(call: Omit<Call, 'number'>): Call {
    const numbered = { number: this.calls.length + 1, ...call };
    this.calls.push(numbered);
    return numbered;
  }

  /** @param state as JSON text */
  offer(state: string, percent: number): void {
    this.checkpoints.push(readJson(state));
    this.#percents.set(state, Math.min(percent, this.#percents.get(state) ?? percent));
  }

  /** The progress from which a job goes on that has saved this state. */
  percentAt(state: string | undefined): number {
    return state === undefined ? 0 : (this.#percents.get(state) ?? 0);
  }

  /** @returns how many slices and attempts have begun with this state, one after another */
  countStarts(state: string | undefined): number {
    this.#starts = { state, count: state === this.#starts.state ? this.#starts.count + 1 : 1 };
    return this.#starts.count;
  }

  /** Not a fault yet: the time may go nowhere. */
  noteTime(place: string): void {
    if (this.timeRead === undefined) this.say(`reads the time outside its context: ${place}`);
    this.timeRead ??= place;
  }

  /** Each fault once, however often it shows. */
  find(kind: FindingKind, detail: string): void {
    if (this.findings.some((each) => each.kind === kind)) return;
    this.findings.push({ kind, detail });
    this.say(`FOUND ${kind}: ${detail}`);
  }
}
