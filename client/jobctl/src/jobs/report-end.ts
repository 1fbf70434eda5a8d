import type { Ending } from '../ending.ts';
import type { Job } from '../library.ts';
import type { Session } from '../system/session.ts';
import { bytesText, errorText } from '../terminal/job-text.ts';
import { jsonText } from '../terminal/plain-text.ts';
import { endingOf } from './follow-job.ts';

/** Prints how a job has ended that was waited for: its result, or why there is none. */
export async function reportEnd(job: Job, session: Session): Promise<Ending> {
  const { output } = session;
  const ending = endingOf(job);
  // The result of a job that has only an object may be a large one. The client knows.
  const isElsewhere = job.result === null && job.resultObject !== undefined;
  const result = isElsewhere ? await session.client.result(job, { signal: session.signal }) : job.result;
  if (output.isJson) output.document({ ...job, result });
  else if (ending === 'ok') output.line(jsonText(result, output.stdout.isTTY ? 2 : undefined));
  warnOf(job, session);
  return ending;
}

/** What is to be known beside the result, or in place of it. */
export function warnOf(job: Job, { output, commandLine }: Session): void {
  const { id, resultObject } = job;
  const ending = endingOf(job);
  if (ending === 'failed')
    output.warn(
      `jobctl: job ${id} failed. ${errorText(job)}. \`${commandLine(`status ${id}`)}\` shows its attempts.`,
    );
  if (ending === 'canceled') output.warn(`jobctl: job ${id} was canceled.`);
  if (ending === 'ok' && resultObject)
    output.hint(
      `Its object has ${bytesText(resultObject.bytes)} of ${resultObject.contentType}: ${commandLine(`result ${id} -o FILE`)}`,
    );
}
