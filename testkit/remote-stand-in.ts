import type { RemoteService, RemoteStatus } from '../shared/author/remote.ts';
import { ServiceBusyError } from '../shared/author/remote.ts';
import { hasSucceeded, type JobStatus } from '../shared/domain/state/job/transitions.ts';
import { anyNumber, type Effect, type Outside, type OutsideClock } from './effects.ts';

interface Started {
  readonly id: string;
  readonly token: string;
  readonly at: number;
  isCanceled: boolean;
}

export interface StandInSettings<Payload, Result> {
  /** What a job in the service results in. */
  readonly resultOf: (payload: Payload) => Result;
  /** Why it fails instead. */
  readonly failsWith?: string;
  /** How long it takes, how long a client token is remembered, and how late the list is. */
  readonly seconds?: number;
  readonly tokenSeconds?: number;
  readonly listingLagSeconds?: number;
  /** In which calls, counted from 1, the service is throttled. */
  readonly busyAt?: readonly number[];
}

type Service<Payload, Result> = RemoteService<Payload, Result>;
type EffectOf<Call> = Call extends (...all: infer Arguments) => Promise<infer Value>
  ? Effect<Arguments, Value>
  : never;
export type RemoteEffects<Payload, Result> = {
  readonly [Name in keyof Service<Payload, Result>]: EffectOf<Service<Payload, Result>[Name]>;
};

/**
 * A service that a job drives, at its worst: its list is late, and it forgets a client token after a minute. Give it to
 * `runJob` and `cutEverywhere` as `outside`. It finds two jobs where one was asked for, and one that outlives its job.
 */
export const remoteStandIn =
  <Payload, Result>(settings: StandInSettings<Payload, Result>) =>
  (clock: OutsideClock): Outside<RemoteEffects<Payload, Result>> => {
    const service = new StandIn(settings, clock);
    return {
      effects: {
        find: anyNumber(async (call) => service.find(call)),
        start: anyNumber(async (call) => service.start(call)),
        poll: anyNumber(async (call) => service.poll(call)),
        cancel: anyNumber(async (call) => service.cancel(call)),
      },
      fault: (status) => service.fault(status),
    };
  };

class StandIn<Payload, Result> {
  readonly #settings: StandInSettings<Payload, Result>;
  readonly #clock: OutsideClock;
  readonly #started: Started[] = [];
  #calls = 0;
  #ranTogether = false;

  constructor(settings: StandInSettings<Payload, Result>, clock: OutsideClock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  find({ token, since }: { readonly token: string; readonly since: number }): string | undefined {
    this.#count();
    const { listingLagSeconds = 30 } = this.#settings;
    const listed = this.#started.filter(({ at }) => this.#age(at) >= listingLagSeconds * 1000 && at >= since);
    return listed.find((one) => one.token === token)?.id;
  }

  start({ token }: { readonly token: string }): string {
    this.#count();
    const { tokenSeconds = 60 } = this.#settings;
    const known = this.#started.find((one) => one.token === token && this.#age(one.at) < tokenSeconds * 1000);
    if (known) return known.id;
    if (this.#started.some((one) => !this.#hasEnded(one))) this.#ranTogether = true;
    const id = `remote-${this.#started.length + 1}`;
    this.#started.push({ id, token, at: this.#clock.now(), isCanceled: false });
    return id;
  }

  poll(call: { readonly remoteId: string; readonly payload: Payload }): RemoteStatus<Result> {
    this.#count();
    const { resultOf, failsWith, seconds = 120 } = this.#settings;
    const job = this.#jobOf(call.remoteId);
    if (job.isCanceled) return { kind: 'failed', error: 'it was canceled' };
    const percent = Math.floor((this.#age(job.at) / (seconds * 1000)) * 100);
    if (percent < 100) return { kind: 'running', percent, message: `${percent} % there` };
    return failsWith === undefined
      ? { kind: 'succeeded', result: resultOf(call.payload) }
      : { kind: 'failed', error: failsWith };
  }

  cancel({ remoteId }: { readonly remoteId: string }): void {
    this.#count();
    const job = this.#jobOf(remoteId);
    if (!this.#hasEnded(job)) job.isCanceled = true;
  }

  /** What is wrong when the job has ended. */
  fault(status: JobStatus): string | undefined {
    if (this.#ranTogether) return 'two remote jobs ran at a time';
    // What has failed may be started again by who retries the job.
    const failed = this.#settings.failsWith !== undefined;
    const left = this.#started.filter((job) => !job.isCanceled && !(failed && this.#hasEnded(job)));
    if (left.length > 1) return `${left.length} remote jobs were started, and not canceled`;
    if (hasSucceeded(status)) return left.length === 1 ? undefined : 'no remote job was started';
    const running = left.find((job) => !this.#hasEnded(job));
    return running && `the job is ${status}, and ${running.id} still runs`;
  }

  #hasEnded({ at, isCanceled }: Started): boolean {
    return isCanceled || this.#age(at) >= (this.#settings.seconds ?? 120) * 1000;
  }

  #age(at: number): number {
    return this.#clock.now() - at;
  }

  #jobOf(remoteId: string): Started {
    const found = this.#started.find(({ id }) => id === remoteId);
    if (!found) throw new Error(`there is no ${remoteId}`);
    return found;
  }

  #count(): void {
    this.#calls += 1;
    if (this.#settings.busyAt?.includes(this.#calls)) throw new ServiceBusyError('too many requests');
  }
}
