import type { Right } from '../../shared/domain/access/access-entry.ts';
import type { LineFilter, LogLine } from '../../shared/domain/observe/log-line.ts';
import {
  canBeRetried,
  hasFailed,
  hasSucceeded,
  isQueued,
  isTerminal,
  isWaiting,
  type JobStatus,
} from '../../shared/domain/state/transitions.ts';
import { childrenRun, type JobResponse, moreSubmissions, noHandler } from '../../shared/http/job-response.ts';
import type { BatchCount } from '../../shared/operations/list-children.ts';
import { childrenSection } from './children-section.ts';
import { foreign, type Html, html } from './html.ts';
import { logSection } from './log-section.ts';
import { notifications } from './notifications.ts';
import { payloadSection } from './payload.ts';
import { resultSection } from './result-section.ts';
import { lastChange, timeline } from './timeline.ts';
import { costText, duration, newerVersion, statusBadge, whenExactly } from './words.ts';

/** Another job that a page names. */
export interface Related {
  readonly id: string;
  /** Absent if it is not known any more. */
  readonly status: JobStatus | undefined;
  /** Only newer code can read it. */
  readonly newerVersion?: number | undefined;
}

export interface JobView {
  readonly job: JobResponse;
  readonly dependencies: readonly Related[];
  /** The first of the jobs that wait for this one. */
  readonly dependents: readonly string[];
  /** The last batches of children that it has spawned, and how many it has spawned in all. */
  readonly batches: readonly BatchCount[];
  readonly batchCount: number;
  /** When its next attempt or slice may start, epoch milliseconds, if it waits for that. */
  readonly wakesAt: number | undefined;
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

/** A page has a size. */
const maxRelated = 20;

/** The page of one job. */
export const jobPage = (view: JobView): Html => {
  const { job, lines, lineFilter: filter, rights, now } = view;
  return html`<div data-live="job">
<div class="heading"><h1>${foreign(job.type)}</h1> ${statusBadge(job.status)} ${buttons(view)}</div>
<p class="faint mono id">${job.id}</p>
${progress(job)}
${waitsForAnswer(view) || waitsForOthers(view.job) || waitsFor(view)}
${childrenSection({ ...view, hasLinks: rights.includes('read') })}
${noWorker(view)}
${failure(job)}
${resultSection(view)}
<section aria-labelledby="life"><h2 id="life">What happened</h2>${timeline(job, now)}</section>
${rights.includes('logs') && logSection({ id: job.id, lines, filter, hasStarted: job.startedAt !== null })}
${payloadSection(view)}
${facts(view)}
</div>`;
};

function progress({ progress: reported, status }: JobResponse): Html | false {
  // Of a job that has succeeded the result says more.
  if (reported === null || hasSucceeded(status) || (isTerminal(status) && reported.percent === 0))
    return false;
  const { percent, message } = reported;
  return html`<div class="progress"><progress class="${status}" max="100" value="${percent}" aria-label="Progress">${percent} %</progress>
<p><strong>${percent} %</strong>${message !== null && html` · ${foreign(message)}`}</p></div>`;
}

/** A queue that moves starts a job within seconds. `jobctl doctor` has the same rule. */
const patienceMs = 60_000;

/** Whether a worker could have taken the job for so long that its worker may not be able to run. In a group it waits for others. */
export const waitsForWorker = (
  { status, group, updatedAt, runAt = updatedAt, notBefore = updatedAt }: Omit<JobResponse, 'result'>,
  now: number,
): boolean => {
  const since = Math.max(...[updatedAt, runAt, notBefore].map(Date.parse));
  return isQueued(status) && group === undefined && now - since > patienceMs;
};

const noWorker = ({ job, now }: JobView): Html | false =>
  waitsForWorker(job, now) &&
  html`<section class="note" aria-labelledby="no-worker"><h2 id="no-worker">No worker has taken it</h2>
<p>Its queue is long, or its worker cannot run: an operator sees more in the log of the worker. The job is not lost, and goes on when a worker can run it.</p>
</section>`;

function waitsFor({ job, dependencies, wakesAt, now, rights }: JobView): Html | false {
  if (isTerminal(job.status)) return false;
  const time = job.runAt !== undefined && Date.parse(job.runAt) > now && job.runAt;
  const open = dependencies.filter(({ status }) => !status || !hasSucceeded(status));
  const wakes = wakesAt !== undefined && new Date(wakesAt).toISOString();
  const asleep = isWaiting(job.status) && !time && open.length === 0;
  if (!time && !wakes && open.length === 0 && !asleep) return false;
  const isTriedAgain = wakes && lastChange(job.history) !== 'handed-over';
  return html`<section class="note" aria-labelledby="waits"><h2 id="waits">${isTriedAgain ? 'It is tried again' : asleep ? 'It sleeps' : 'It waits'}</h2>
${time && html`<p>For its time: ${whenExactly(time, now)}</p>`}
${!time && wakes && html`<p>It goes on by itself: ${whenExactly(wakes, now)}</p>`}
${asleep && !wakes && html`<p>It goes on by itself.</p>`}
${open.length > 0 && html`<p>For ${open.length === 1 ? 'another job' : `${open.length} other jobs`}, which must succeed first:</p>${relatedJobs(open, rights)}`}
</section>`;
}

/** Somebody has to send what it waits for. */
const waitsForAnswer = ({ job: { id, waitsFor: waits = [] }, rights, now }: JobView): Html | false =>
  waits.length > 0 &&
  html`<section class="note" aria-labelledby="waits"><h2 id="waits">It waits for an answer</h2>
<ul>${waits.map(
    ({ signal, key, until }) =>
      html`<li><strong>${foreign(signal)}</strong>${key !== signal && html` <span class="mono">${foreign(key)}</span>`}, at the latest ${whenExactly(until, now)}${rights.includes('signal') && html` <a href="/ui/jobs/${id}/signals/${encodeURIComponent(signal)}?key=${encodeURIComponent(key)}">Answer</a>`}</li>`,
  )}</ul>
${!rights.includes('signal') && html`<p>Whoever has the right <code>signal</code> can send it.</p>`}
</section>`;

/** The next look at it is not what it waits for. */
function waitsForOthers({ waitReason }: Pick<JobView['job'], 'waitReason'>): Html | false {
  if (waitReason === undefined) return false;
  const [heading, text] =
    waitReason === childrenRun
      ? ['It waits for its children', html`It goes on by itself when all of them have ended.`]
      : waitReason.startsWith(noHandler)
        ? [
            'It waits for its job type',
            html`There is ${waitReason}. It goes on by itself, within 15 minutes after a deployment has brought one.`,
          ]
        : waitReason.startsWith(moreSubmissions)
          ? [
              'It waits for more submissions',
              html`It waits for ${waitReason} at the latest. Then it runs once, with the last payload.`,
            ]
          : ['It waits', html`${foreign(waitReason)}. It goes on by itself.`];
  return html`<section class="note" aria-labelledby="waits"><h2 id="waits">${heading}</h2>
<p>${text}</p>
</section>`;
}

const relatedJobs = (all: readonly Related[], rights: readonly Right[]): Html =>
  html`<ul class="jobs">${all.slice(0, maxRelated).map((one) => relatedJob(one, rights))}</ul>${all.length > maxRelated && html`<p class="faint">And ${all.length - maxRelated} more.</p>`}`;

const relatedJob = ({ id, status, newerVersion: version }: Related, rights: readonly Right[]): Html =>
  html`<li>${status ? statusBadge(status) : html`<span class="faint">${version === undefined ? 'not known any more' : newerVersion(version)}</span>`} ${jobLink(id, version === undefined ? rights : [])}</li>`;

/** A grant is good for one job: who has no more gets no links to others. */
const jobLink = (id: string, rights: readonly Right[]): Html =>
  rights.includes('read')
    ? html`<a class="mono" href="/ui/jobs/${id}">${id}</a>`
    : html`<span class="mono">${id}</span>`;

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
const usualAdvice = 'If the cause is gone, retry it. It goes on from the state that it saved last.';

function failure({ error, status }: JobResponse): Html | false {
  if (error === null) return false;
  const failed = hasFailed(status);
  return html`<section class="${failed ? 'error' : 'note'}" aria-labelledby="error">
<h2 id="error">${failed ? 'It failed' : 'The last attempt failed'}</h2>
<p class="message"><strong>${foreign(error.name)}</strong>: ${foreign(error.message)}</p>
${failed && html`<p class="faint">${Object.hasOwn(advice, error.name) ? advice[error.name] : usualAdvice}</p>`}
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
${row('Attempt', job.attempt === 0 ? `none yet, of ${job.maxAttempts}` : `${job.attempt} of ${job.maxAttempts}`)}
${row('Slices', job.slices > 0 ? html`${job.slices + 1} <span class="faint">its work was handed over ${job.slices === 1 ? 'once' : `${job.slices} times`}; after each, attempts are counted anew</span>` : undefined)}
${row('Cost', mayList && job.cost ? html`about ${costText(job.cost.usd)} so far <span class="faint">its time x memory; start-up and waiting are not counted</span>` : undefined)}
${row('Must start before', job.startBefore && whenExactly(job.startBefore, now))}
${row('Group', job.group && search('group', job.group))}
${row('Tags', job.tags && html`${job.tags.map((tag) => html`<span class="tag">${search('tag', tag)}</span> `)}`)}
${row('Tells of its end', notifications(job))}
${row('Child', childText(job, rights))}
${row('After', dependencies.length > 0 ? relatedJobs(dependencies, rights) : undefined)}
${row('Waited for by', dependents.length > 0 ? html`<ul class="jobs">${dependents.map((id) => html`<li>${jobLink(id, rights)}</li>`)}</ul>` : undefined)}
</dl></section>`;
}
