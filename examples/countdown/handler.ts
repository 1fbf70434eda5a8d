import type { JobHandler } from '../../shared/author/index.ts';
import type { countdown as contract } from './contract.ts';

export const countdown: JobHandler<typeof contract> = async ({ seconds, failFirst = 0 }, job) => {
  if (!job.resume && job.attempt <= failFirst)
    throw new Error(`attempt ${job.attempt} fails, as asked (failFirst: ${failFirst})`);
  for (let passed = job.resume?.passed ?? 0; passed < seconds; passed += 1) {
    job.progress((passed / seconds) * 100, `${seconds - passed} s left`);
    await job.checkpoint({ passed });
    await job.pause(1);
  }
  job.progress(100, 'done');
  return { seconds };
};
