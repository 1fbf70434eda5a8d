import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  RemoteJobError,
  type RemoteService,
  remote,
  ServiceBusyError,
} from '../../../../shared/author/remote.ts';
import type { RemoteState } from '../../../../shared/author/remote-state.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { remoteStandIn } from '../../../../testkit/remote-stand-in.ts';
import { runJob } from '../../../../testkit/run-job.ts';
import { aJobContext } from '../../../set-ups/job-context.ts';
import { anId } from '../../../set-ups/samples.ts';
import {
  contract,
  type Handler,
  measure,
  type Payload,
  payload,
  type Result,
  resultOf,
  settings,
} from './remote-sample.ts';

/** What may go wrong at a call. `late`: the worker stands still, another one takes over, and the call is made all the same. */
const faults = ['none', 'crashBefore', 'crashAfter', 'refused', 'lostAnswer', 'busy', 'late'] as const;
type Fault = (typeof faults)[number];

class Crash extends Error {}
class Paused extends Error {}

/** A worker that stood still starts nothing later than this after its intent, the time of a slow call included. */
const maxLateMs = 40_000;
const takeOverMs = 61_000;

/** A job that is run again and again, attempt by attempt, with a fault at any of its calls, and the service that it drives. */
class RemoteWorld {
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
      else if (!(error instanceof Paused)) this.pass(1_000);
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
        throw new Paused();
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

const type = { contract, handlerWith: measure };
const run = (settings: Partial<Parameters<typeof remoteStandIn>[0]> = {}, cut?: string) => {
  const outside = remoteStandIn({ ...settings, resultOf });
  return runJob(type, payload, { outside, ...(cut === undefined ? {} : { cut }) });
};

const neverCalled = () => Promise.reject(new Error('this test expects no call'));
/** A service that does not answer, but for what a test says. */
const noService = { find: neverCalled, start: neverCalled, poll: neverCalled, cancel: neverCalled };

const intent: RemoteState = {
  run: 1,
  token: anId(1),
  since: t0,
  startingAt: t0,
  starts: 1,
  polls: 0,
  percent: 0,
};
const started: RemoteState = { ...intent, remoteId: 'r1' };

/** Where a handler has put itself to sleep. */
class Asleep extends Error {
  readonly seconds: number;
  readonly state: RemoteState;
  constructor(seconds: number, state: RemoteState) {
    super('asleep');
    this.seconds = seconds;
    this.state = state;
  }
}
const aJob = (over: Parameters<typeof aJobContext<RemoteState>>[0] = {}) =>
  aJobContext<RemoteState>({
    sleep: (seconds, state) => Promise.reject(new Asleep(seconds, state)),
    ...over,
  });

describe('a remote job', () => {
  it('starts, polls with growing pauses in which nothing runs, and returns the result', async () => {
    const { result, effects, slices, seconds } = await run();
    expect(result).toEqual({ length: 3 });
    expect(Object.fromEntries(Object.entries(effects).map(([name, all]) => [name, all.length]))).toEqual({
      find: 0,
      start: 1,
      poll: 5,
      cancel: 0,
    });
    // 5 + 10 + 20 + 40 + 60 s: the remote job takes 120 s.
    expect([slices, seconds]).toEqual([5, 135]);
  });

  it('shows how far the remote job is', async () => {
    const { progress } = await run();
    expect(progress.map(({ percent }) => percent)).toEqual([4, 12, 29, 62]);
    expect(progress[0]).toEqual({ percent: 4, message: '4 % there' });
  });

  it('stores its intent before the first call, and the id after it', async () => {
    const stored: unknown[] = [];
    const handler = measure({ ...noService, start: async () => `r${stored.length}` });
    const checkpoint = async (state: RemoteState, options = {}) => void stored.push({ ...state, ...options });
    await expect(handler(payload, aJob({ checkpoint }))).rejects.toThrow('asleep');
    expect(stored).toEqual([
      { ...intent, flush: true },
      { ...intent, remoteId: 'r1', flush: true },
    ]);
  });

  it("fails for good with the service's words", async () => {
    const { status, error, attempts } = await run({ failsWith: 'no video' });
    expect([status, error, attempts]).toEqual(['failed', { name: 'RemoteJobError', message: 'no video' }, 1]);
  });

  it('asks a busy service again later, which costs no attempt', async () => {
    // The start, and then each poll but the last.
    const { status, attempts, log } = await run({ busyAt: [1, 2, 4, 5, 6, 7] });
    expect([status, attempts]).toEqual(['succeeded', 1]);
    expect(log.filter(({ message }) => message === 'attempt failed')).toEqual([]);
  });

  it('starts nothing if it stood still between the intent and the call', async () => {
    let now = t0;
    const checkpoint = async () => {
      now += 31_000;
    };
    const job = aJob({ now: () => now, checkpoint });
    await expect(measure(noService)(payload, job)).rejects.toThrow('it came too late to start it');
  });

  it('starts nothing if the signal was aborted meanwhile', async () => {
    const controller = new AbortController();
    const checkpoint = async () => controller.abort(new Error('canceled'));
    const job = aJob({ signal: controller.signal, checkpoint });
    await expect(measure(noService)(payload, job)).rejects.toThrow('canceled');
  });

  it('sleeps until the list must have what may have been started, and only then starts it again', async () => {
    const handler = measure({ ...noService, find: async () => undefined, start: async () => 'r2' });
    const early = aJob({ resume: intent, now: () => t0 + 61_000 });
    await expect(handler(payload, early)).rejects.toMatchObject({ seconds: 29, state: intent });
    const late = aJob({ resume: intent, now: () => t0 + 90_000 });
    await expect(handler(payload, late)).rejects.toMatchObject({
      state: { ...intent, starts: 2, startingAt: t0 + 90_000, remoteId: 'r2' },
    });
  });

  it('gives up a start that was never found, after 20', async () => {
    const handler = measure({ ...noService, find: async () => undefined });
    const job = aJob({ resume: { ...intent, starts: 20 }, now: () => t0 + 90_000 });
    await expect(handler(payload, job)).rejects.toThrow('asked 20 times to start it');
  });
});

describe('a remote job that the user retries', () => {
  const second = { run: 2, resume: started };

  it('goes on with what the run before has started', async () => {
    const handler = measure({ ...noService, poll: async () => ({ kind: 'running', percent: 7 }) });
    await expect(handler(payload, aJob(second))).rejects.toMatchObject({
      state: { ...started, run: 2, polls: 1, percent: 7 },
    });
  });

  it('takes its result', async () => {
    const poll = async () => ({ kind: 'succeeded', result: { length: 9 } }) as const;
    expect(await measure({ ...noService, poll })(payload, aJob(second))).toEqual({ length: 9 });
  });

  it('starts anew, with another token, if that has failed', async () => {
    const poll = async () => ({ kind: 'failed', error: 'no' }) as const;
    const handler = measure({ ...noService, poll, start: async () => 'r2' });
    const job = aJob({ ...second, uuid: () => anId(2) });
    await expect(handler(payload, job)).rejects.toMatchObject({
      state: { ...intent, run: 2, token: anId(2), remoteId: 'r2' },
    });
    const failedAgain = aJob({ run: 2, resume: { ...started, run: 2 } });
    await expect(measure({ ...noService, poll })(payload, failedAgain)).rejects.toThrow(RemoteJobError);
  });
});

describe('the cancel of a remote job', () => {
  const canceling = (find: string | undefined) => {
    const canceled: string[] = [];
    const handler = measure({
      ...noService,
      find: async () => find,
      cancel: async ({ remoteId }) => void canceled.push(remoteId),
    });
    const cancel = async (resume?: RemoteState, now = t0) =>
      handler.cancel?.(payload, aJob({ resume, now: () => now }));
    return { cancel, canceled };
  };

  it('does nothing if nothing was about to be started', async () => {
    const { cancel, canceled } = canceling('r1');
    await cancel();
    expect(canceled).toEqual([]);
  });

  it('cancels what has an id, or is found', async () => {
    const { cancel, canceled } = canceling('r2');
    await cancel(started);
    await cancel(intent);
    expect(canceled).toEqual(['r1', 'r2']);
  });

  it('fails as long as what may have been started may not be listed yet', async () => {
    const { cancel, canceled } = canceling(undefined);
    await expect(cancel(intent, t0 + 89_000)).rejects.toThrow('may not be listed yet');
    await cancel(intent, t0 + 90_000);
    expect(canceled).toEqual([]);
  });

  it('fails if the list was asked too early, however late it answers', async () => {
    let now = t0 + 89_000;
    const find = async () => {
      now += 2_000;
      return undefined;
    };
    const handler = measure({ ...noService, find });
    const canceled = handler.cancel?.(payload, aJob({ resume: intent, now: () => now }));
    await expect(canceled).rejects.toThrow('may not be listed yet');
  });

  it('fails if the service is busy, so that it is called again', async () => {
    const handler = measure({ ...noService, cancel: () => Promise.reject(new ServiceBusyError('busy')) });
    await expect(handler.cancel?.(payload, aJob({ resume: started }))).rejects.toThrow('busy');
  });
});

const drawnFaults = fc.array(fc.constantFrom<Fault>(...faults), { maxLength: 25 });
/** After how many attempts the user cancels, and then retries. */
const cancels = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 3 });
const maxAttempts = 200;

type Measure = typeof measure;

/** Plays a job with these faults. @returns what is wrong with the service in the end, or after a cancel */
async function play(make: Measure, drawn: readonly Fault[], canceled: readonly number[]) {
  const world = new RemoteWorld(make, drawn);
  for (const attempts of canceled) {
    for (let made = 0; made < attempts; made += 1) {
      const status = await world.attempt();
      if (status !== 'goesOn') return world.fault(status);
    }
    await world.cancel();
    const left = world.fault('canceled');
    if (left !== undefined) return left;
    world.run += 1;
  }
  for (let made = 0; made < maxAttempts; made += 1) {
    const status = await world.attempt();
    if (status !== 'goesOn') return world.fault(status);
  }
  return 'it never ends';
}

const law = (make: Measure) =>
  fc.asyncProperty(drawnFaults, cancels, async (drawn, canceled) => {
    expect(await play(make, drawn, canceled)).toBeUndefined();
  });

describe('a remote job with many faults in a row', () => {
  it('has one remote job, and none after a cancel', async () => {
    await fc.assert(law(measure), { numRuns: Number(process.env.FUZZ_RUNS ?? 1000) });
  });

  it('would have two if it did not wait for the list', async () => {
    const hasty: Measure = (service) => remote(service, { ...settings, listingLagSeconds: 0 });
    await expect(fc.assert(law(hasty), { numRuns: 5000 })).rejects.toThrow();
  });

  it('would leave one if its cancel did not look for what was started', async () => {
    const blind: Measure = (service) => {
      const right = remote<Payload, Result>(service, settings);
      const cancel: typeof right.cancel = async (payload, job) => {
        if (job.resume?.remoteId !== undefined) await right.cancel(payload, job);
      };
      return Object.assign((...all: Parameters<typeof right>) => right(...all), { cancel });
    };
    await expect(fc.assert(law(blind), { numRuns: 5000 })).rejects.toThrow();
  });
});
