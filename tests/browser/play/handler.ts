import { existsSync } from 'node:fs';
import type { JobHandler } from '../../../shared/author/handler.ts';
import { PermanentError } from '../../../shared/domain/base/errors.ts';
import type { play as contract } from './contract.ts';

export const play: JobHandler<typeof contract> = async ({ steps }, job) => {
  for (const [index, step] of steps.entries()) {
    if (index < (job.resume?.done ?? 0)) continue;
    switch (step.do) {
      case 'progress':
        job.progress(step.percent, step.message);
        break;
      case 'log':
        job.log[step.level](step.message);
        break;
      case 'pause':
        await job.pause(step.seconds);
        break;
      case 'hold':
        while (existsSync(step.heldBy)) {
          await job.pause(0.2);
          await job.checkpoint({ done: index });
        }
        break;
      case 'sleep':
        await job.sleep(step.seconds, { done: index + 1 });
        break;
      case 'fail':
        if (step.untilAttempt === 0) throw new PermanentError(step.message);
        if (job.attempt < step.untilAttempt) throw new Error(step.message);
        break;
      case 'return':
        return step.value;
    }
  }
  return null;
};
