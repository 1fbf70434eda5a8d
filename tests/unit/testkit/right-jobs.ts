import * as z from 'zod/mini';
import { defineJob } from '../../../shared/author/contract.ts';
import type { JobHandler } from '../../../shared/author/handler.ts';
import { addUp as contract } from './sample-contract.ts';

/** For each planted bug the job without it, or one that looks like it and is right. */

type Handler = JobHandler<typeof contract>;
type Add = (request: { key: string; amount: number; signal: AbortSignal }) => Promise<void>;
const start = { next: 0, total: 0 };

/** The effect has a key that is the same in every attempt. */
export const effectWithKey =
  ({ book }: { book: Add }): Handler =>
  async ({ numbers }, job) => {
    const state = { ...(job.resume ?? start) };
    for (; state.next < numbers.length; state.next += 1) {
      await job.checkpoint(state);
      const amount = numbers[state.next] ?? 0;
      await book({ key: `${job.id}/${state.next}`, amount, signal: job.signal });
      state.total += amount;
    }
    return { total: state.total };
  };

/** It changes its state in place, and saves it when the step is done. */
export const stateInPlace: Handler = async ({ numbers }, job) => {
  const state = { ...(job.resume ?? start) };
  while (state.next < numbers.length) {
    state.total += numbers[state.next] ?? 0;
    state.next += 1;
    await job.checkpoint(state);
    await job.pause(1);
  }
  return { total: state.total };
};

const timed = defineJob({
  ...contract,
  queue: 'long',
  checkpoint: z.strictObject({ startedAt: z.int(), token: z.string() }),
});

/** Time and randomness of the context, which the result does not depend on. */
export const timeOfContext = {
  contract: timed,
  handler: (async ({ numbers }, job) => {
    const state = job.resume ?? { startedAt: job.now(), token: job.uuid() };
    await job.checkpoint(state);
    await job.pause(2);
    job.log.info('waited', {
      milliseconds: job.now() - state.startedAt,
      year: new Date(job.now()).getFullYear(),
    });
    return { total: numbers.length };
  }) satisfies JobHandler<typeof timed>,
};

/** Calls side by side, all of which are awaited. */
export const sideBySide =
  ({ look }: { look: (at: number) => Promise<number> }): Handler =>
  async ({ numbers }, job) => {
    const found = await Promise.all(numbers.map((_, at) => look(at)));
    const [waited] = await Promise.all([job.pause(1), job.pause(2)]);
    return { total: found.reduce((sum, one) => sum + one, 0) + (waited ?? 0) };
  };

export const progressFromState: Handler = async ({ numbers }, job) => {
  let { next, total } = job.resume ?? start;
  for (; next < numbers.length; next += 1) {
    job.progress((next / numbers.length) * 100);
    await job.checkpoint({ next, total });
    total += numbers[next] ?? 0;
  }
  job.progress(100);
  return { total };
};

/** It asks first whether the effect has happened, and waits until it can be seen. */
export const lookBeforeEffect =
  ({
    find,
    send,
  }: {
    find: (id: string) => Promise<boolean>;
    send: (id: string) => Promise<void>;
  }): Handler =>
  async ({ numbers }, job) => {
    if (!(await find(job.id))) {
      job.signal.throwIfAborted();
      await send(job.id);
    }
    return { total: numbers.length };
  };

/** What it catches it throws again, and it tidies up in between. */
export const tidiesUp =
  ({ close }: { close: () => Promise<void> }): Handler =>
  async ({ numbers }, job) => {
    try {
      for (const at of numbers.keys()) {
        job.progress((at / numbers.length) * 100);
        await job.pause(1);
      }
    } finally {
      await close();
    }
    return { total: numbers.length };
  };

/** It sleeps between the looks at another service. */
export const sleeps: Handler = async ({ numbers }, job) => {
  const { next, total } = job.resume ?? start;
  if (next < numbers.length) return job.sleep(3600, { next: next + 1, total: total + (numbers[next] ?? 0) });
  return { total };
};

const lengths = new Map<string, number>();

/** It keeps in its module what can be computed anew. */
export const cacheInModule: Handler = async ({ numbers }, job) => {
  const text = numbers.join();
  if (!lengths.has(text)) lengths.set(text, numbers.length);
  await job.pause(1);
  return { total: lengths.get(text) ?? 0 };
};

/** Its first attempts fail, and that changes no result. */
export const failsFirst: Handler = async ({ numbers }, job) => {
  await job.pause(1);
  if (job.attempt <= 2) throw new Error('the service is not ready');
  job.log.info('ready', { attempt: job.attempt });
  return { total: numbers.length };
};
