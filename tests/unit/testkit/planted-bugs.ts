import * as z from 'zod/mini';
import { defineJob } from '../../../shared/author/contract.ts';
import type { JobContext, JobHandler } from '../../../shared/author/handler.ts';
import { addUp as contract } from './sample-contract.ts';

type Handler = JobHandler<typeof contract>;
type Add = (request: { key: string; amount: number }) => Promise<void>;
const start = { next: 0, total: 0 };

/** The number is booked, and only then saved as booked. */
export const effectBeforeCheckpoint =
  ({ book }: { book: (request: { at: number; signal: AbortSignal }) => Promise<void> }): Handler =>
  async ({ numbers }, job) => {
    const state = { ...(job.resume ?? start) };
    for (; state.next < numbers.length; state.next += 1) {
      await job.checkpoint(state);
      await book({ at: state.next, signal: job.signal });
      state.total += numbers[state.next] ?? 0;
    }
    return { total: state.total };
  };

/** It saves that a number is done, and adds it afterwards. */
export const mutatedState: Handler = async ({ numbers }, job) => {
  const state = { ...(job.resume ?? start) };
  while (state.next < numbers.length) {
    const number = numbers[state.next] ?? 0;
    state.next += 1;
    await job.checkpoint(state);
    state.total += number;
    await job.pause(1);
  }
  return { total: state.total };
};

export const timeRead: Handler = async ({ numbers }, job) => {
  await job.pause(1);
  return { total: numbers.length + (Date.now() % 2) };
};

export const forgottenAwait: Handler = async ({ numbers }, job) => {
  let { next, total } = job.resume ?? start;
  for (; next < numbers.length; next += 1) {
    job.checkpoint({ next, total });
    await job.pause(1);
    total += numbers[next] ?? 0;
  }
  return { total };
};

/** Each slice counts from zero. */
export const progressBackwards: Handler = async ({ numbers }, job) => {
  const from = job.resume?.next ?? 0;
  let total = job.resume?.total ?? 0;
  for (let next = from; next < numbers.length; next += 1) {
    job.progress(((next - from) / numbers.length) * 100);
    await job.checkpoint({ next, total });
    total += numbers[next] ?? 0;
  }
  return { total };
};

/** Every attempt has keys of its own, so that the service appends again. */
export const appendTwice =
  ({ append }: { append: Add }): Handler =>
  async ({ numbers }, job) => {
    for (const [at, amount] of numbers.entries()) {
      job.signal.throwIfAborted();
      await append({ key: `${job.id}/${job.attempt}/${at}`, amount });
    }
    return { total: numbers.length };
  };

export const swallowedSignal: Handler = async ({ numbers }, job) => {
  let { next, total } = job.resume ?? start;
  for (; next < numbers.length; next += 1) {
    try {
      await job.checkpoint({ next, total });
    } catch (error) {
      job.log.warn('not saved', { error });
    }
    total += numbers[next] ?? 0;
  }
  return { total };
};

const stricter = defineJob({
  ...contract,
  queue: 'long',
  checkpoint: z.strictObject({ left: z.int().check(z.gte(1)) }),
});

/** When nothing is left the schema rejects the state. */
export const rejectedState = {
  contract: stricter,
  handler: (async ({ numbers }, job) => {
    for (let left = (job.resume?.left ?? numbers.length) - 1; left >= 0; left -= 1) {
      await job.pause(1);
      await job.checkpoint({ left });
    }
    return { total: numbers.length };
  }) satisfies JobHandler<typeof stricter>,
};

const sums = new Map<string, number>();

/** The sum is kept in the module: the next slice may run in another process. */
export const moduleState: Handler = async ({ numbers }, job) => {
  for (let next = job.resume?.next ?? 0; next < numbers.length; next += 1) {
    await job.checkpoint({ next, total: 0 });
    sums.set(job.id, (sums.get(job.id) ?? 0) + (numbers[next] ?? 0));
  }
  const total = sums.get(job.id) ?? 0;
  sums.delete(job.id);
  return { total };
};

/** Only a first attempt counts the first number. */
export const dependsOnAttempts: Handler = async ({ numbers }, job: JobContext<typeof start>) => {
  const counted = job.attempt === 1 ? numbers : numbers.slice(1);
  await job.pause(1);
  return { total: counted.reduce((sum, number) => sum + number, 0) };
};
