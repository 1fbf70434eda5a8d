import type { Work } from './work.ts';

export const countdown: Work<'countdown'> = async ({ seconds, failFirst = 0 }, job) => {
  if (job.attempt <= failFirst)
    throw new Error(`attempt ${job.attempt} fails, as asked (failFirst: ${failFirst})`);
  for (let left = seconds; left > 0; left -= 1) {
    job.progress(((seconds - left) / seconds) * 100, `${left} s left`);
    await job.pause(1);
  }
  job.progress(100, 'done');
  return { seconds };
};
