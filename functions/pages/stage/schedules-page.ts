import type { Caller } from '../../../shared/http/access/caller.ts';
import type { ScheduledJob, ScheduleResponse } from '../../../shared/http/responses/schedule-response.ts';
import { foreign, type Html, html } from '../html/html.ts';
import { cut, statusBadge, when } from '../html/words.ts';

export interface SchedulesView {
  readonly schedules: readonly ScheduleResponse[];
  /** Who looks at it. It gets links to the jobs of its own tenant. */
  readonly caller: Caller;
  /** The schedule that was just run, if its job is not for who looks at it. */
  readonly ran: ScheduleResponse | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Fifteen schedules must fit into a page of 60 KB. */
const maxPayload = 120;

/** Whether somebody may look at the pages of a tenant's jobs. */
export const mayLookAt = (tenant: string, caller: Caller): boolean =>
  tenant === caller.tenant && caller.rights.includes('read');

/** All recurring schedules, for operators. */
export const schedulesPage = (view: SchedulesView): Html => html`<div class="heading"><h1>Schedules</h1></div>
${note(view)}
<div data-live="schedules">${view.schedules.length === 0 ? none : view.schedules.map((schedule) => card(schedule, view))}</div>`;

const note = ({ ran }: SchedulesView): Html | false =>
  ran !== undefined &&
  html`<section class="note"><p role="status"><strong>${ran.name}</strong> was run. Its job belongs to the tenant ${foreign(ran.tenant)}.</p></section>`;

const example = `export const schedules = defineSchedules(contracts, [
  {
    name: 'nightly',
    cron: '30 3 * * *',
    timeZone: 'Europe/Berlin',
    type: 'send-email',
    payload: { to: 'jane@example.com', subject: 'Good morning', text: 'It is half past three.' },
    tenant: 'acme',
  },
]);`;

const none = html`<section aria-labelledby="none"><h2 id="none">There are no schedules yet</h2>
<p>To have a job come again and again, write a schedule into <code>job-types/schedules.ts</code>, and deploy. This one submits a job each night at half past three:</p>
<pre class="scroll" tabindex="0" role="region" aria-label="Example">${example}</pre></section>`;

function card(schedule: ScheduleResponse, { caller, now }: SchedulesView): Html {
  const { name, cron, timeZone, type, tenant, paused } = schedule;
  const id = `schedule-${name}`;
  return html`<section aria-labelledby="${id}">
<div class="heading"><h2 id="${id}">${name}</h2>${paused && html` <span class="badge canceled"><span aria-hidden="true">‖</span> Paused</span>`} ${buttons(schedule)}</div>
<dl class="facts">
<dt>Runs</dt><dd>${foreign(type)} <span class="faint">for the tenant ${foreign(tenant)}</span></dd>
<dt>When</dt><dd><code>${cron}</code> <span class="faint">by the clocks of ${timeZone}</span></dd>
<dt>With</dt><dd><code>${cut(JSON.stringify(schedule.payload), maxPayload)}</code></dd>
</dl>
<div class="columns"><div><h3>${paused ? 'Left out while paused' : 'Next runs'}</h3>${nextRuns(schedule, now)}</div>
<div><h3>Last jobs</h3>${lastJobs(schedule, caller, now)}</div></div></section>`;
}

/** One form: the second button sends it elsewhere. Their names say which schedule they are for. */
function buttons({ name, paused }: ScheduleResponse): Html {
  const path = `/ui/schedules/${name}`;
  const change = paused ? 'resume' : 'pause';
  const which = html`<span class="hidden"> ${name}</span>`;
  return html`<form method="post" action="${path}/run"><button>Run${which} now</button> <button class="quiet" formaction="${path}/${change}">${paused ? 'Resume' : 'Pause'}${which}</button></form>`;
}

function nextRuns({ nextRuns: runs, timeZone }: ScheduleResponse, now: number): Html {
  if (runs.length === 0) return html`<span class="faint">never again</span>`;
  return html`<ul class="jobs">${runs.map((run) => html`<li>${localTime(run, timeZone)} <span class="faint">${when(run, now)}</span></li>`)}</ul>`;
}

/** `Fri, 27 Nov 2026, 03:30 GMT+1`. Around a change of the clocks the offset tells. */
const localTime = (iso: string, timeZone: string): string =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'shortOffset',
  }).format(new Date(iso));

function lastJobs({ lastJobs: jobs, tenant }: ScheduleResponse, caller: Caller, now: number): Html {
  if (jobs.length === 0) return html`<span class="faint">none is known</span>`;
  return html`<ul class="jobs">${jobs.map((job) => lastJob(job, mayLookAt(tenant, caller), now))}</ul>`;
}

const lastJob = ({ id, status, runAt, createdAt }: ScheduledJob, isLinked: boolean, now: number): Html =>
  html`<li>${statusBadge(status)} ${isLinked ? html`<a class="mono" href="/ui/jobs/${id}">${id.slice(0, 8)}</a>` : html`<span class="mono">${id.slice(0, 8)}</span>`} <span class="faint">${when(runAt ?? createdAt, now)}${runAt === undefined && ', by hand'}</span></li>`;
