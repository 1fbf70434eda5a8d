import { existsSync } from 'node:fs';
import type { JobHandler } from '../../../shared/author/index.ts';
import type { counting as contract } from './contract.ts';

export const counting: JobHandler<typeof contract> = async ({ seconds, failFirst = 0, heldBy }, job) => {
  if (!job.resume && job.attempt <= failFirst)
    throw new Error(`attempt ${job.attempt} fails, as asked (failFirst: ${failFirst})`);
  for (let passed = job.resume?.passed ?? 0; passed < seconds; passed += 1) {
    job.progress((passed / seconds) * 100, `${seconds - passed} s left`);
    await job.checkpoint({ passed });
    while (heldBy !== undefined && passed === seconds - 1 && existsSync(heldBy)) {
      await job.pause(0.2);
      // It is handed over here, as every job that counts.
      await job.checkpoint({ passed });
    }
    await job.pause(1);
  }
  job.progress(100, 'done');
  return { seconds };
};
