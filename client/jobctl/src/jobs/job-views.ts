import type { Job } from '../library.ts';
import { errorText, stateText, statusText } from '../terminal/job-text.ts';
import type { Output } from '../terminal/output.ts';
import { plainText, shortText } from '../terminal/plain-text.ts';
import { progressBar } from '../terminal/progress-bar.ts';
import type { JobView } from './follow-job.ts';

const maxMessage = 40;

/** A progress bar, on the standard error. It goes when the job has ended. */
export function barView({ stderr, colors }: Output): JobView {
  const bar = progressBar(stderr, '{status}  {message}');
  let isShown = false;
  return {
    show(job) {
      const facts = { status: statusText(job.status, colors), message: messageOf(job) };
      const percent = job.progress?.percent ?? 0;
      if (isShown) bar.update(percent, facts);
      else bar.start(100, percent, facts);
      isShown = true;
    },
    end() {
      if (isShown) bar.stop();
    },
  };
}

/** What has just happened, in few words. */
function messageOf({ waitReason, progress, attempt, maxAttempts, error }: Job): string {
  const tries = attempt > 1 || error !== null ? `attempt ${attempt} of ${maxAttempts}` : '';
  const message = waitReason ?? progress?.message ?? '';
  return [shortText(message, maxMessage), tries].filter(Boolean).join('  ');
}

/** A line for each change, on the standard output. */
export function lineView({ line, colors }: Pick<Output, 'line' | 'colors'>, now: () => number): JobView {
  let last = '';
  return {
    show(job) {
      const attempt = job.attempt > 1 ? `attempt ${job.attempt} of ${job.maxAttempts}` : '';
      const facts = [stateText(job), attempt, errorText(job)].filter(Boolean).join('  ');
      const text = `${statusText(job.status, colors, 9)}${facts === '' ? '' : `  ${facts}`}`.trimEnd();
      if (text !== last) line(`${clockText(now())}  ${text}`);
      last = text;
    },
    end() {},
  };
}

const clockText = (at: number): string => plainText(new Date(at).toTimeString().slice(0, 8));

/** Each change as JSON. */
export const jsonView = ({ jsonLine }: Output): JobView => ({ show: jsonLine, end() {} });

export const noView: JobView = { show() {}, end() {} };

/** While a command waits for a job: a bar, where a person looks on. */
export const waitingView = (output: Output): JobView =>
  output.stderr.isTTY && !output.isJson ? barView(output) : noView;
