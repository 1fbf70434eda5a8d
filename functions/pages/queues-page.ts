import { type Html, html } from './html.ts';
import { duration } from './words.ts';

export interface QueueFigures {
  readonly name: string;
  /** Can be received now. */
  readonly visible: number;
  /** Received and not deleted, or hidden until later. */
  readonly inFlight: number;
  readonly delayed: number;
  /** Of the oldest message; absent where there is no CloudWatch, as on one machine. */
  readonly oldestSeconds?: number | undefined;
}

/** The figures of all queues, for whoever operates the stage. */
export function queuesPage(queues: readonly QueueFigures[]): Html {
  const hasAges = queues.some(({ oldestSeconds }) => oldestSeconds !== undefined);
  return html`<div class="heading"><h1>Queues</h1></div>
<div data-live="queues"><div class="scroll" tabindex="0" role="region" aria-label="Queues"><table class="figures">
<thead><tr><th scope="col">Queue</th><th scope="col">Ready</th><th scope="col">In flight</th><th scope="col">Delayed</th>${hasAges && html`<th scope="col">Oldest message</th>`}</tr></thead>
<tbody>${queues.map(
    ({ name, visible, inFlight, delayed, oldestSeconds }) =>
      html`<tr><th scope="row">${name}</th><td>${visible}</td><td>${inFlight}</td><td>${delayed}</td>${hasAges && html`<td>${oldestSeconds === undefined ? '–' : duration(oldestSeconds * 1000)}</td>`}</tr>`,
  )}</tbody></table></div>
<p class="faint">SQS's own, approximate figures. What is in <strong>quarantine</strong> waits for a person: see the runbook.</p></div>`;
}
