import type { Right } from '../../../shared/domain/access/access-entry.ts';
import type { LineFilter, LogLine } from '../../../shared/domain/observe/log-line.ts';
import {
  canBeRetried,
  hasFailed,
  hasSucceeded,
  isQueued,
  isTerminal,
} from '../../../shared/domain/state/job/transitions.ts';
import { goesOnAt, type JobWait } from '../../../shared/domain/state/waits/wait.ts';
import type { JobResponse } from '../../../shared/http/responses/job-response.ts';
import type { BatchCount } from '../../../shared/operations/find/list-children.ts';
import { foreign, type Html, html } from '../html/html.ts';
import { costText, duration, statusBadge, whenExactly } from '../html/words.ts';
import { childrenSection } from './children-section.ts';
import { logSection } from './log-section.ts';
import { notifications } from './notifications.ts';
import { payloadSection } from './payload.ts';
import { jobLink, type Related, relatedJobs } from './related-jobs.ts';
import { resultSection } from './result-section.ts';
import { timeline } from './timeline.ts';
import { answersSection, waitSection } from './wait-section.ts';

export interface JobView {
  readonly job: JobResponse;
  readonly dependencies: readonly Related[];
  /** The first of the jobs that wait for this one. */
  readonly dependents: readonly string[];
  /** The last batches of children that it has spawned, and how many it has spawned in all. */
  readonly batches: readonly BatchCount[];
  readonly batchCount: number;
  /** What it waits for. */
  readonly wait: JobWait | undefined;
  /** From where it goes on, if it is made again. */
  readonly keeps: 'state' | 'steps' | 'nothing';
  /** Of who looks at it; none with a link's grant. */
  readonly rights: readonly Right[];
  /** `?grant=...`, if it was opened by one. */
  readonly grantQuery: string;
  /** The type of the job has secret fields in its results. */
  readonly hasSecretResult: boolean;
  /** The lines that are stored with it, the newest first. */
  readonly lines: readonly LogLine[];
  readonly lineFilter: LineFilter;
  /** What it was given, without secret fields; undefined where that is not kept or not shown. */
  readonly payload: unknown;
  readonly isOpenType: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The page of one job. */
export const jobPage = (view: JobView): Html => {
  const { job, lines, lineFilter: filter, rights, now } = view;
  return html`<div data-live="job">
<div class="heading"><h1>${foreign(job.type)}</h1> ${statusBadge(job.status)} ${buttons(view)}</div>
<p class="faint mono id">${job.id}</p>
${progress(view)}
${waitSection(view)}
${answersSection(view)}
${childrenSection({ ...view, hasLinks: rights.includes('read') })}
${noWorker(view)}
${failure(view)}
${resultSection(view)}
<section aria-labelledby="life"><h2 id="life">What happened</h2>${timeline(view, now)}</section>
${rights.includes('logs') && logSection({ id: job.id, lines, filter, hasStarted: job.startedAt !== null })}
${payloadSection(view)}
${facts(view)}
</div>`;
};

function progress({ job: { status, progress: reported } }: JobView): Html | false {
  // Of a job that has succeeded the result says more.
  if (reported === null || hasSucceeded(status) || (isTerminal(status) && reported.percent === 0))
    return false;
  const { percent, message } = reported;
  return html`<div class="progress"><progress class="${status}" max="100" value="${percent}" aria-label="Progress">${percent} %</progress>
<p><strong>${percent} %</strong>${message !== null && html` · ${foreign(message)}`}</p></div>`;
}

/** A queue that moves starts a job within seconds. `jobctl doctor` has the same rule. */
const patienceMs = 60_000;

/**
 * Whether a worker could have taken the job for so long that its worker may not be able to run. In a group it waits for
 * others.
 */
export function waitsForWorker({ job, wait }: Pick<JobView, 'job' | 'wait'>, now: number): boolean {
  if (!isQueued(job.status) || job.group !== undefined) return false;
  const dueAt = wait === undefined ? 0 : goesOnAt(wait);
  return dueAt !== undefined && now - Math.max(Date.parse(job.updatedAt), dueAt) > patienceMs;
}

const noWorker = (view: JobView): Html | false =>
  waitsForWorker(view, view.now) &&
  html`<section class="note" aria-labelledby="no-worker"><h2 id="no-worker">No worker has taken it</h2>
<p>Its queue is long, or its worker cannot run: an operator sees more in the log of the worker. The job is not lost, and goes on when a worker can run it.</p>
</section>`;

/** What to do about an error, by its name. */
const advice: Readonly<Record<string, string>> = {
  DependencyError: 'Retry the job that it names first, then this one.',
  RetryAfterError:
    'The service that it needs has put it off for days. When that service is ready, retry the job.',
  NotStartedInTimeError: 'If it is still of use, retry it: a retry has no such time.',
  AttemptsExhaustedError:
    'Its worker was gone in the last attempt: look at the log and the memory, then retry it.',
  InvalidPayloadError:
    'Its payload does not fit the contract of its type any more: submit it anew with a payload that does.',
  JobTimeoutError: 'It took too long. Retry it, or let the contract of its type give it more time.',
  DeadLetterError: 'No worker came to an end with it: look at the log, then retry it.',
};
const usualAdvice = 'If the cause is gone, retry it.';
const goesOn = {
  state: 'It goes on from the state that it saved last.',
  steps: 'What its steps have done is not done again.',
  nothing: 'It begins anew.',
} as const;

function failure({ job: { error, status }, keeps }: JobView): Html | false {
  if (error === null) return false;
  const failed = hasFailed(status);
  return html`<section class="${failed ? 'error' : 'note'}" aria-labelledby="error">
<h2 id="error">${failed ? 'It failed' : 'The last attempt failed'}</h2>
<p class="message"><strong>${foreign(error.name)}</strong>: ${foreign(error.message)}</p>
${failed && html`<p class="faint">${Object.hasOwn(advice, error.name) ? advice[error.name] : `${usualAdvice} ${goesOn[keeps]}`}</p>`}
</section>`;
}

function buttons({ job, rights }: JobView): Html | false {
  if (!rights.includes('control')) return false;
  const form = (action: string, label: string, style: string) =>
    html`<form method="post" action="/ui/jobs/${job.id}/${action}"><button class="${style}">${label}</button></form>`;
  if (canBeRetried(job.status)) return form('retry', 'Retry', '');
  return !isTerminal(job.status) && form('cancel', 'Cancel', 'quiet');
}

/** Which one it is of its parent's. */
const childText = ({ parent }: JobResponse, rights: readonly Right[]): Html | undefined =>
  parent && html`${parent.index} of ${jobLink(parent.id, rights)}`;

const costFact = ({ cost, status }: JobResponse): Html | undefined =>
  cost &&
  html`${costText(cost.usd)}${!isTerminal(status) && ' so far'} <span class="faint">its time x memory; start-up and waiting are not counted</span>`;

/** Each slice counts its attempts anew: a job that waits for its next slice has none. */
const attemptText = ({ attempt, maxAttempts, slices }: JobView['job']): string => {
  if (attempt > 0) return `${attempt} of ${maxAttempts}`;
  return `none ${slices > 0 ? 'in this slice' : 'yet'}, of ${maxAttempts}`;
};

function facts({ job, dependents, dependencies, rights, now }: JobView): Html {
  const mayList = rights.includes('read');
  const search = (name: string, value: string) =>
    mayList ? html`<a href="/ui?${name}=${encodeURIComponent(value)}">${foreign(value)}</a>` : foreign(value);
  const started = job.startedAt === null ? 'not yet' : whenExactly(job.startedAt, now);
  const took =
    job.startedAt !== null && job.finishedAt !== null
      ? duration(Math.max(0, Date.parse(job.finishedAt) - Date.parse(job.startedAt)))
      : undefined;
  const row = (label: string, value: Html | string | undefined) =>
    value !== undefined && html`<dt>${label}</dt><dd>${value}</dd>`;
  return html`<section aria-labelledby="facts"><h2 id="facts">Details</h2><dl class="facts">
${row('Submitted', whenExactly(job.createdAt, now))}
${row('Started', started)}
${row('Finished', job.finishedAt === null ? undefined : whenExactly(job.finishedAt, now))}
${row('Took', took)}
${row('Attempt', attemptText(job))}
${row('Slices', job.slices > 0 ? html`${job.slices + 1} <span class="faint">its work was handed over ${job.slices === 1 ? 'once' : `${job.slices} times`}; after each, attempts are counted anew</span>` : undefined)}
${row('Cost', mayList ? costFact(job) : undefined)}
${row('Must start before', job.startBefore && whenExactly(job.startBefore, now))}
${row('Group', job.group && search('group', job.group))}
${row('Tags', job.tags && html`${job.tags.map((tag) => html`<span class="tag">${search('tag', tag)}</span> `)}`)}
${row('Notifications', notifications(job))}
${row('Child', childText(job, rights))}
${row('After', dependencies.length > 0 ? relatedJobs(dependencies, rights) : undefined)}
${row('Waited for by', dependents.length > 0 ? html`<ul class="jobs">${dependents.map((id) => html`<li>${jobLink(id, rights)}</li>`)}</ul>` : undefined)}
</dl></section>`;
}
