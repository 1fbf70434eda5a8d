import { LimitExceededError } from '../../shared/domain/access/limit-error.ts';
import { asError } from '../../shared/domain/base/errors.ts';
import type { Clock, Log } from '../../shared/domain/base/ports.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import type { JobStore } from '../../shared/domain/state/ports.ts';
import {
  type Answering,
  acceptedResponse,
  jobAnswer,
  replayedHeader,
} from '../../shared/http/responses/job-answer.ts';
import type { HttpResponse } from '../../shared/http/wire/http-types.ts';
import { preferredWaitSeconds } from '../../shared/http/wire/prefer.ts';
import type { WaitDoor } from '../../shared/operations/doors/wait-door.ts';
import { findJob } from '../../shared/operations/find/find-job.ts';
import { waitForJob } from '../../shared/operations/find/wait-for-job.ts';
import type { Submitted } from '../../shared/operations/submit/submission.ts';

interface Dependencies {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly waitDoor: Pick<WaitDoor, 'enter'>;
  /** Of the stage. 0: nobody waits. */
  readonly maxWaitSeconds: number;
}

const isOver = ({ status }: JobItem): boolean => isTerminal(status);

/** 202 for a job that was accepted; 200 if the client prefers to wait, and the job ends meanwhile. */
export async function answerSubmitted(
  submitted: Submitted,
  answering: Answering,
  { store, clock, log, waitDoor, maxWaitSeconds }: Dependencies,
): Promise<HttpResponse> {
  const preferred = preferredWaitSeconds(answering.request);
  if (preferred === undefined) return acceptedResponse(submitted, { ...answering, now: clock.now() });
  const seconds = Math.min(preferred, maxWaitSeconds);
  const read = () => findJob(submitted.job, { store });
  let applied: { 'preference-applied'?: string } =
    seconds === 0 && preferred > 0 ? {} : { 'preference-applied': `wait=${seconds}` };
  // The job is accepted, whatever happens from here on: only this answer tells its client where it is.
  const enter = () => waitDoor.enter(submitted.job.tenant, seconds);
  const job = await waitForJob({ read, isOver, seconds, enter }, clock).catch((error: unknown) => {
    if (error instanceof LimitExceededError) applied = {};
    else log.warn('wait given up', { error: asError(error), jobId: submitted.job.id });
    return submitted.job;
  });
  return isOver(job)
    ? jobAnswer(200, job, answering, { ...replayedHeader(submitted), ...applied })
    : acceptedResponse({ ...submitted, job }, { ...answering, now: clock.now() }, applied);
}
