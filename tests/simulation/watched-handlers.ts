import type { AnyHandler, JobContext } from '../../shared/author/handler.ts';
import {
  asError,
  LeaseLostError,
  RetryAfterError,
  SignalTimeoutError,
} from '../../shared/domain/base/errors.ts';
import { Interruption, isFailure } from '../../shared/worker/hold/error-policy.ts';
import type { AllHandlers } from '../set-ups/handlers.ts';
import type { Instance } from './instance.ts';
import { stretchedError, stretchedWaits } from './stretched.ts';
import type { World } from './world.ts';

/** Runs a job's handler in a process. */
export type Around = (job: Pick<JobContext, 'id'>, run: () => Promise<unknown>) => Promise<unknown>;

const inFunction: Around = (_job, run) => run();

/** The handlers, of which the invariants see each start. */
export const watched = (world: World, instance: Instance, around = inFunction): Partial<AllHandlers> =>
  new Proxy(world.lacksTypes(instance) ? {} : world.handlers, {
    get(all, type) {
      const handler: unknown = Reflect.get(all, type);
      if (typeof handler !== 'function') return handler;
      const run = (payload: unknown, job: JobContext) => {
        const item = world.table.items.get(job.id);
        if (item) world.guard(() => world.invariants.onStart(job, item));
        return watchedRun({ world, instance }, job, (watchedJob) =>
          around(job, async () => handler(payload, watchedJob)),
        );
      };
      const { cancel } = handler as AnyHandler;
      return cancel ? Object.assign(run, { cancel: watchedCancel(cancel, world, instance) }) : run;
    },
  });

/** A call to another service, which can fail like every other. */
const watchedCancel =
  (cancel: NonNullable<AnyHandler['cancel']>, world: World, instance: Instance): typeof cancel =>
  (payload, job) => {
    const call = () => instance.call('service', 'cancel elsewhere', () => cancel(payload, job));
    return world.mutant.cancel?.(call, world) ?? call();
  };

async function watchedRun(
  { world, instance }: { readonly world: World; readonly instance: Instance },
  job: JobContext,
  run: (job: JobContext) => unknown,
): Promise<unknown> {
  const { handlers: rule } = world.invariants;
  rule.onStart(job);
  world.reportRule.onStart(job, world.time);
  world.runningRule.onStart(job);
  world.workPlaceRule.onStart(job);
  world.guard(() => world.startRateRule.onStart(job));
  job.log.info('at work');
  const stretched = stretchedWaits(job, world);
  const progress = (percent: number, message?: string): void => {
    rule.onProgress(job, percent);
    job.progress(percent, message);
  };
  const checkpoint: JobContext['checkpoint'] = (state, options) => {
    rule.onCheckpoint(job, state);
    return job.checkpoint(state, options);
  };
  const output: JobContext['output'] = (options) => {
    rule.onOutput(job);
    return job.output(options);
  };
  const step: JobContext['step'] = async (key, work, options) => {
    const { stepRule, table, bucket } = world;
    const item = () => table.items.get(job.id);
    const watchedWork = () => {
      rule.onStep(job);
      world.guard(() => stepRule.onWork(job, key, item(), bucket.objects));
      return work();
    };
    const result = await job.step(key, watchedWork, options);
    world.guard(() => stepRule.onResult(job, { key, result }, item(), bucket.objects));
    return result;
  };
  const decided = <T>(key: string, decision: T): T => {
    world.guard(() => world.signalRule.onDecision(job, key, decision));
    return decision;
  };
  // Of all waits together the compiler cannot tell what each of them returns.
  const waitFor: JobContext['waitFor'] = async (key, wait): Promise<never> => {
    const first = await stretched.waitFor(key, wait);
    return ((wait.signal ?? wait.children) === undefined ? first : decided(key, first)) as never;
  };
  const waitForSignal: JobContext['waitForSignal'] = async (name, options) => {
    const { key = name } = options;
    const answer = await stretched.waitForSignal(name, options).catch((error: unknown) => {
      if (error instanceof SignalTimeoutError) decided(key, { by: 'time' });
      throw error;
    });
    decided(key, { by: 'signal', answer });
    return answer;
  };
  const spawn: JobContext['spawn'] = async (key, contract, children) => {
    const batch = await job.spawn(key, contract, children);
    const settled = async () => {
      const ends = await batch.settled();
      world.guard(() => world.childEndsRule.onSettled(job, key, ends));
      return ends;
    };
    return { ...batch, settled };
  };
  try {
    const { sleep } = stretched;
    const result = await run({
      ...job,
      ...{ sleep, progress, checkpoint, output, step, waitFor, waitForSignal, spawn },
    });
    rule.onEnd(job);
    world.reportRule.onEnd(job, world.time);
    return result;
  } catch (error) {
    const thrown = stretchedError(error, world);
    world.reportRule.onEnd(job, world.time);
    rule.onEnd(job, isToBlame(instance, thrown, job) ? new Interruption('the server is ill') : thrown);
    throw thrown;
  } finally {
    world.runningRule.onEnd(job);
  }
}

/** Whatever fails on a server with a full disk fails by the fault of its server. */
function isToBlame({ isDiskFull }: Instance, thrown: unknown, { signal }: JobContext): boolean {
  const error = asError(thrown);
  const isOwn = error instanceof LeaseLostError || error instanceof RetryAfterError || !isFailure(error);
  return isDiskFull && !isOwn && !signal.aborted;
}
