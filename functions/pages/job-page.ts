import type { JobResponse } from '../../shared/http/job-response.ts';
import type { Right } from '../../shared/job/access-entry.ts';
import {
  canBeRetried,
  hasFailed,
  hasSucceeded,
  isTerminal,
  type JobStatus,
} from '../../shared/job/transitions.ts';
import { foreign, type Html, html } from './html.ts';
import { showValue } from './show-value.ts';
import { timeline } from './timeline.ts';
import { duration, statusBadge, when } from './words.ts';

/** Another job that a page names. */
export interface Related {
  readonly id: string;
  /** Absent if it is not known any more. */
  readonly status: JobStatus | undefined;
}

export interface JobView {
  readonly job: JobResponse;
  readonly dependencies: readonly Related[];
  /** The first of the jobs that wait for this one. */
  readonly dependents: readonly string[];
  /** Of who looks at it; none with a link's grant. */
  readonly rights: readonly Right[];
  /** `?grant=...`, if it was opened by one. */
  readonly grantQuery: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

const maxResultCharacters = 20_000;

/** The page of one job. */
export const jobPage = (view: JobView): Html => {
  const { job, now } = view;
  return html`<div data-live="job">
<div class="heading"><h1>${foreign(job.type)}</h1> ${statusBadge(job.status)}</div>
<p class="faint mono">${job.id}</p>
${progress(job)}
${waitsFor(view)}
${failure(job)}
${buttons(view)}
${result(view)}
<section aria-labelledby="life"><h2 id="life">What happened</h2>${timeline(job, now)}</section>
${facts(view)}
</div>`;
};

function progress({ progress: reported, status }: JobResponse): Html | false {
  if (reported === null || (isTerminal(status) && reported.percent === 0)) return false;
  const { percent, message } = reported;
  return html`<div class="progress"><progress class="${status}" max="100" value="${percent}" aria-label="Progress">${percent} %</progress>
<p><strong>${percent} %</strong>${message !== null && html` · ${foreign(message)}`}</p></div>`;
}

function waitsFor({ job, dependencies, now, rights }: JobView): Html | false {
  const time = job.runAt !== undefined && Date.parse(job.runAt) > now && !isTerminal(job.status) && job.runAt;
  const open = dependencies.filter(({ status }) => !status || !hasSucceeded(status));
  if (isTerminal(job.status) || (!time && open.length === 0)) return false;
  return html`<section class="note" aria-labelledby="waits"><h2 id="waits">It waits</h2>
${time && html`<p>for its time: ${when(time, now)}</p>`}
${open.length > 0 && html`<p>for other jobs:</p><ul class="jobs">${open.map((one) => relatedJob(one, rights))}</ul>`}
</section>`;
}

const relatedJob = ({ id, status }: Related, rights: readonly Right[]): Html =>
  html`<li>${status ? statusBadge(status) : html`<span class="faint">not known any more</span>`} ${jobLink(id, rights)}</li>`;

/** A grant is good for one job: who has no more gets no links to others. */
const jobLink = (id: string, rights: readonly Right[]): Html =>
  rights.includes('read')
    ? html`<a class="mono" href="/ui/jobs/${id}">${id}</a>`
    : html`<span class="mono">${id}</span>`;

/** What to do about an error, by its name. */
const advice: Readonly<Record<string, string>> = {
  DependencyError: 'Retry the job that it names first, then this one.',
  NotStartedInTimeError: 'If it is still of use, retry it: a retry has no such time.',
  AttemptsExhaustedError:
    'Its worker was gone in the last attempt: look at the log and the memory, then retry it.',
  InvalidPayloadError:
    'Its payload does not fit the contract of its type any more: submit it anew with a payload that does.',
  JobTimeoutError: 'It took too long. Retry it, or let the contract of its type give it more time.',
  DeadLetterError: 'No worker came to an end with it: look at the log, then retry it.',
};
const usualAdvice = 'If the cause is gone, retry it. It goes on from the state that it saved last.';

function failure({ error, status, attempt, maxAttempts }: JobResponse): Html | false {
  if (error === null) return false;
  const failed = hasFailed(status);
  return html`<section class="${failed ? 'error' : 'note'}" aria-labelledby="error">
<h2 id="error">${failed ? 'It failed' : `Attempt ${attempt} of ${maxAttempts}: the last one failed`}</h2>
<p><code>${error.name}</code></p><p class="message">${foreign(error.message)}</p>
${failed && html`<p class="faint">${advice[error.name] ?? usualAdvice}</p>`}
</section>`;
}

function buttons({ job, rights }: JobView): Html | false {
  if (!rights.includes('control')) return false;
  const form = (action: string, label: string) =>
    html`<form method="post" action="/ui/jobs/${job.id}/${action}"><button>${label}</button></form>`;
  if (canBeRetried(job.status)) return html`<div class="buttons">${form('retry', 'Retry')}</div>`;
  return !isTerminal(job.status) && html`<div class="buttons">${form('cancel', 'Cancel')}</div>`;
}

function result({ job, grantQuery }: JobView): Html | false {
  if (!hasSucceeded(job.status)) return false;
  const text = JSON.stringify(job.result);
  const download = html`<p><a href="/ui/jobs/${job.id}/result${grantQuery}" download="${job.id}.json">Download as JSON</a> <span class="faint">${Math.ceil(text.length / 1024)} KB</span></p>`;
  return html`<section aria-labelledby="result"><h2 id="result">Result</h2>
${text.length > maxResultCharacters ? html`<p class="faint">It is too large to be shown here.</p>` : showValue(job.result)}
${download}</section>`;
}

function facts({ job, dependents, dependencies, rights, now }: JobView): Html {
  const mayList = rights.includes('read');
  const search = (name: string, value: string) =>
    mayList ? html`<a href="/ui?${name}=${encodeURIComponent(value)}">${foreign(value)}</a>` : foreign(value);
  const started = job.startedAt === null ? 'not yet' : when(job.startedAt, now);
  const took =
    job.startedAt !== null && job.finishedAt !== null
      ? duration(Date.parse(job.finishedAt) - Date.parse(job.startedAt))
      : undefined;
  const row = (label: string, value: Html | string | undefined) =>
    value !== undefined && html`<dt>${label}</dt><dd>${value}</dd>`;
  return html`<section aria-labelledby="facts"><h2 id="facts">Details</h2><dl class="facts">
${row('Submitted', when(job.createdAt, now))}
${row('Started', started)}
${row('Finished', job.finishedAt === null ? undefined : when(job.finishedAt, now))}
${row('Took', took)}
${row('Attempt', `${job.attempt} of ${job.maxAttempts}`)}
${row('Slices', job.slices > 0 ? String(job.slices + 1) : undefined)}
${row('Must start before', job.startBefore && when(job.startBefore, now))}
${row('Group', job.group && search('group', job.group))}
${row('Tags', job.tags && html`${job.tags.map((tag) => html`<span class="tag">${search('tag', tag)}</span> `)}`)}
${row('After', dependencies.length > 0 ? html`<ul class="jobs">${dependencies.map((one) => relatedJob(one, rights))}</ul>` : undefined)}
${row('Waited for by', dependents.length > 0 ? html`<ul class="jobs">${dependents.map((id) => html`<li>${jobLink(id, rights)}</li>`)}</ul>` : undefined)}
</dl></section>`;
}
