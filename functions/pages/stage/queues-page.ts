import type { QueueFigures, StageQueue, stageQueues } from '../../../shared/domain/base/queue-figures.ts';
import { isActive, type PausesByName } from '../../../shared/domain/state/limits/pause.ts';
import { type Html, html } from '../html/html.ts';
import { duration, when } from '../html/words.ts';

const labels: Readonly<Record<(typeof stageQueues)[number], string>> = {
  standard: 'standard',
  long: 'long',
  server: 'server',
  bulk: 'bulk actions',
  'ordered.fifo': 'ordered (groups)',
  waiting: 'waiting',
  'dead-letter': 'dead letters',
  'dead-letter.fifo': 'dead letters of groups',
  quarantine: 'quarantine',
  notify: 'notifications',
  'notify-slow': 'notifications to receivers that may be slow',
  'notify-dead-letter': 'dead letters of notifications',
};

const isNamed = (name: string): name is keyof typeof labels => Object.hasOwn(labels, name);

/** How people call a queue. */
export const queueLabel = (name: StageQueue): string =>
  isNamed(name) ? labels[name] : `ordered (groups), ${/\d/.exec(name)}`;

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** What is paused, or was, as long as what it has held is not on its way. */
const pausesSection = (pauses: PausesByName, now: number): Html => html`<h2>Paused</h2>
<ul>${[...pauses].map(
  ([name, one]) =>
    html`<li><strong>${name}</strong> by ${one.by}, ${isActive(one, now) ? html`since ${when(iso(one.at), now)}` : 'resumed'}${one.until !== undefined && isActive(one, now) && html`, until ${when(iso(one.until), now)}`}${one.submissions === 'refuse' && isActive(one, now) && html`, submissions are refused`}${one.why !== undefined && html`: ${one.why}`}</li>`,
)}</ul>
<p class="faint"><code>jobctl resume</code> starts it again.</p>`;

/** The figures of all queues, and what is paused, for operators. */
export function queuesPage(queues: readonly QueueFigures[], pauses: PausesByName, now: number): Html {
  const hasAges = queues.some(({ oldestSeconds }) => oldestSeconds !== undefined);
  return html`<div class="heading"><h1>Queues</h1></div>
<div data-live="queues"><div class="scroll" tabindex="0" role="region" aria-label="Queues"><table class="figures">
<thead><tr><th scope="col">Queue</th><th scope="col">Ready</th><th scope="col">In flight</th><th scope="col">Delayed</th>${hasAges && html`<th scope="col">Oldest message</th>`}</tr></thead>
<tbody>${queues.map(
    ({ name, visible, inFlight, delayed, oldestSeconds }) =>
      html`<tr><th scope="row">${queueLabel(name)}</th><td>${visible}</td><td>${inFlight}</td><td>${delayed}</td>${hasAges && html`<td>${oldestSeconds === undefined ? '–' : duration(oldestSeconds * 1000)}</td>`}</tr>`,
  )}</tbody></table></div>
<p class="faint">SQS's own, approximate figures. What is in <strong>quarantine</strong> waits for a person: see the runbook.</p>
${pauses.size > 0 && pausesSection(pauses, now)}</div>`;
}
