import {
  type Series,
  type Span,
  type StatsRange,
  statsRanges,
} from '../../../shared/domain/observe/stage-series.ts';
import type { QueueStats, StageStats } from '../../../shared/operations/find/find-stats.ts';
import { barsOf, hatching, linesOf, shortTime } from '../html/chart.ts';
import { foreign, type Html, html } from '../html/html.ts';
import { queueLabel } from './queues-page.ts';

interface StatsView {
  readonly stats: StageStats;
  readonly range: StatsRange;
  /** Jobs of this type alone are shown. */
  readonly type: string | undefined;
  /** To choose from; none where the stage counts by queue alone. */
  readonly types: readonly string[];
}

const ranges = Object.keys(statsRanges) as StatsRange[];
/** By the queue of the metrics: both queues of groups are one of them. */
const nameOf = (queue: QueueStats['queue']): string =>
  queueLabel(queue === 'ordered' ? 'ordered.fifo' : queue);

/** What each queue has done over time. */
export function statsPage({ stats, range, type, types }: StatsView): Html {
  const [busy, idle] = [stats.queues.filter(isBusy), stats.queues.filter((queue) => !isBusy(queue))];
  const of = type === undefined ? '' : `&type=${encodeURIComponent(type)}`;
  return html`<div class="heading"><h1>Statistics</h1></div>
<nav class="links" aria-label="Time">${ranges.map(
    (each) =>
      html`<a href="/ui/stats?range=${each}${of}"${each === range && html` aria-current="page"`}>Last ${each}</a>`,
  )}</nav>
${types.length > 0 && typeForm(range, type, types)}
<div data-live="stats">${busy.length > 0 && hatching}${busy.map((queue) => section(queue, stats.span))}
${idle.length > 0 && html`<p class="${busy.length === 0 ? 'empty' : 'faint'}">Nothing was counted in the last ${range}${type !== undefined && html` of the type ${foreign(type)}`} in: ${idle.map(({ queue }) => nameOf(queue)).join(', ')}.</p>`}
</div>
<p class="faint">Times are UTC. p50: half of the jobs were not slower; p95: 95 of 100. Figures can be some minutes late.</p>`;
}

const typeForm = (range: StatsRange, type: string | undefined, types: readonly string[]): Html =>
  html`<form class="filter" action="/ui/stats" aria-label="Type"><input type="hidden" name="range" value="${range}">
<label>Type <select name="type"><option value="">all</option>${types.map(
    (each) => html`<option${each === type && html` selected`}>${each}</option>`,
  )}</select></label>
<button class="quiet">Show</button></form>`;

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
const isBusy = ({ succeeded, failed, startDelay, duration }: QueueStats): boolean =>
  sum([...succeeded, ...failed]) > 0 || [startDelay, duration].some(({ p50 }) => p50.some(isThere));
const isThere = (value: number | undefined): value is number => value !== undefined;

function section(stats: QueueStats, span: Span): Html {
  const { queue, startDelay, duration, succeeded, failed } = stats;
  const [name, id] = [nameOf(queue), `stats-${queue}`];
  const times: [string, string] = [timeText(span, 0), timeText(span, span.periods - 1)];
  const delays = [
    { what: 'Start delay', ...startDelay },
    { what: 'Duration of attempts', ...duration },
  ].filter(({ p50 }) => p50.some(isThere));
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${name}</h2>
<p>${summary(stats, span)}</p>
<div class="charts">${delays.map(
    ({ what, p50, p95 }) =>
      html`<figure><figcaption>${what}</figcaption>${linesOf({ p50, p95 }, { label: `${what} of ${name}: p50 at most ${highest(p50)}, p95 at most ${highest(p95)}. The numbers are below.`, times })}</figure>`,
  )}<figure><figcaption>Jobs that ended<span class="faint">; failed ones are hatched</span></figcaption>${barsOf(succeeded, failed, { label: `Jobs of ${name} that ended: ${sum(succeeded)} succeeded, ${sum(failed)} failed. The numbers are below.`, times })}</figure></div>
${table(stats, span)}</section>`;
}

function summary({ succeeded, failed }: QueueStats, { periodSeconds, periods }: Span): string {
  const [bad, all] = [sum(failed), sum([...failed, ...succeeded])];
  if (all === 0) return 'No job has ended.';
  const ended = `${all} ${all === 1 ? 'job' : 'jobs'} ended, ${rateText(all, periodSeconds * periods)}.`;
  return bad === 0 ? `${ended} None failed.` : `${ended} ${bad} failed: ${shareText(bad, all)}.`;
}

const rateUnits = [
  ['a second', 1],
  ['a minute', 60],
  ['an hour', 3_600],
  ['a day', 86_400],
] as const;

/** By the smallest unit in which there was at least one. */
function rateText(count: number, seconds: number): string {
  const [unit, length] = rateUnits.find(([, each]) => (count / seconds) * each >= 1) ?? rateUnits[3];
  return `${Math.round((count / seconds) * length * 10) / 10} ${unit}`;
}

const shareText = (part: number, all: number): string => `${((100 * part) / all).toFixed(1)} %`;
const highest = (series: Series): string => shortTime(Math.max(0, ...series.filter(isThere)));

/** When a period begins. A week needs the day. */
function timeText({ from, periodSeconds, periods }: Span, period: number): string {
  const iso = new Date((from + period * periodSeconds) * 1000).toISOString();
  return periodSeconds * periods > 2 * 86_400 ? iso.slice(5, 16).replace('T', ' ') : iso.slice(11, 16);
}

/** The newest first. What has nothing to say has no row. */
function table({ queue, startDelay, duration, succeeded, failed }: QueueStats, span: Span): Html {
  const name = nameOf(queue);
  const time = (series: Series, at: number) =>
    html`<td>${isThere(series[at]) ? shortTime(series[at]) : '–'}</td>`;
  const rows = succeeded
    .map((good, at) => ({ at, all: good + (failed[at] ?? 0), bad: failed[at] ?? 0 }))
    .filter(({ at, all }) => all > 0 || isThere(startDelay.p50[at]) || isThere(duration.p50[at]))
    .reverse();
  return html`<details><summary>The numbers<span class="hidden"> of ${name}</span></summary>
<div class="scroll" tabindex="0" role="region" aria-label="The numbers of ${name}"><table class="figures">
<thead><tr><th scope="col">From</th><th scope="col">Ended</th><th scope="col">Failed</th><th scope="col">Share</th><th scope="col">Start delay p50</th><th scope="col">p95</th><th scope="col">Duration p50</th><th scope="col">p95</th></tr></thead>
<tbody>${rows.map(
    ({ at, all, bad }) =>
      html`<tr><th scope="row">${timeText(span, at)}</th><td>${all}</td><td>${bad}</td><td>${all === 0 ? '–' : shareText(bad, all)}</td>${time(startDelay.p50, at)}${time(startDelay.p95, at)}${time(duration.p50, at)}${time(duration.p95, at)}</tr>`,
  )}</tbody></table></div></details>`;
}
