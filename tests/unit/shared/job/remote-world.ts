import { RemoteJobError, type RemoteService, ServiceBusyError } from '../../../../shared/job/remote.ts';

import type { RemoteState } from '../../../../shared/job/remote-state.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { remoteStandIn } from '../../../../testkit/remote-stand-in.ts';
import { aJobContext } from '../../../set-ups/job-context.ts';
import { anId } from '../../../set-ups/samples.ts';
import { type Handler, type Payload, payload, type Result, resultOf } from './remote-sample.ts';

/** What may go wrong at a call. `late`: the worker stands still, another one takes over, and the call is made all the same. */
export const faults = ['none', 'crashBefore', 'crashAfter', 'refused', 'lostAnswer', 'busy', 'late'] as const;
export type Fault = (typeof faults)[number];

class Crash extends Error {}
class Asleep extends Error {}

/** A worker that stood still starts nothing later than this after its intent, the time of a slow call included. */
const maxLateMs = 40_000;
const takeOverMs = 61_000;

/** A job that is run again and again, attempt by attempt, with a fault at any of its calls, and the service that it drives. */
export class RemoteWorld {
  now = t0;
  run = 1;
  stored: RemoteState | undefined;
  readonly #handler: Handler;
  readonly #outside;
  readonly #faults: Fault[];
  #pending: readonly { readonly at: number; readonly call: () => void }[] = [];
  #uuids = 0;

  constructor(measure: (service: RemoteService<Payload, Result>) => Handler, drawn: readonly Fault[]) {
    this.#faults = [...drawn];
    this.#outside = remoteStandIn<Payload, Result>({ resultOf, listingLagSeconds: 50 })({
      now: () => this.now,
    });
    const { find, start, poll, cancel } = this.#outside.effects;
    this.#handler = measure({
      find: (call) => this.#call(async () => find.call(call)),
      start: (call) => this.#call(async () => start.call(call), true),
      poll: (call) => this.#call(async () => poll.call(call)),
      cancel: (call) => this.#call(async () => cancel.call(call)),
    });
  }

  /** One attempt. @returns whether the job has ended */
  async attempt(): Promise<'goesOn' | 'succeeded' | 'failed'> {
    try {
      await this.#handler(payload, this.#context());
      return 'succeeded';
    } catch (error) {
      if (error instanceof RemoteJobError) return 'failed';
      if (error instanceof Crash) this.pass(takeOverMs);
      else if (!(error instanceof Asleep)) this.pass(1_000);
      return 'goesOn';
    }
  }

  /** Calls the handler's cancel until it succeeds. */
  async cancel(): Promise<void> {
    for (;;) {
      try {
        return await this.#handler.cancel?.(payload, this.#context());
      } catch (error) {
        this.pass(error instanceof Crash ? takeOverMs : 5_000);
      }
    }
  }

  fault(status: 'succeeded' | 'canceled' | 'failed'): string | undefined {
    return this.#outside.fault(status);
  }

  pass(milliseconds: number): void {
    const until = this.now + milliseconds;
    const due = this.#pending.filter(({ at }) => at <= until).sort((one, other) => one.at - other.at);
    this.#pending = this.#pending.filter(({ at }) => at > until);
    for (const { at, call } of due) {
      this.now = Math.max(this.now, at);
      call();
    }
    this.now = until;
  }

  #context() {
    return aJobContext<RemoteState>({
      run: this.run,
      resume: this.stored,
      now: () => this.now,
      uuid: () => {
        this.#uuids += 1;
        return anId(this.#uuids);
      },
      checkpoint: (state) => this.#call(async () => void this.#store(state)),
      sleep: async (seconds, state) => {
        await this.#call(async () => void this.#store(state));
        this.pass(seconds * 1000);
        throw new Asleep();
      },
    });
  }

  #store(state: RemoteState): void {
    this.stored = structuredClone(state);
  }

  async #call<T>(effect: () => Promise<T>, mayBeLate = false): Promise<T> {
    const fault = this.#faults.shift() ?? 'none';
    if (fault === 'crashBefore') throw new Crash();
    if (fault === 'refused') throw new Error('refused');
    if (fault === 'late' && mayBeLate) {
      const latest = (this.stored?.startingAt ?? this.now) + maxLateMs;
      this.#pending = [...this.#pending, { at: Math.max(this.now, latest), call: () => void effect() }];
      throw new Crash();
    }
    const value = await effect();
    if (fault === 'crashAfter' || fault === 'late') throw new Crash();
    if (fault === 'lostAnswer') throw new Error('the answer was lost');
    if (fault === 'busy') throw new ServiceBusyError('busy');
    return value;
  }
}
