import type { JobStatus } from '../../shared/job/transitions.ts';
import { foreign, type Html, html } from './html.ts';
import { statusWords } from './words.ts';

export interface ActionView {
  readonly action: 'cancel' | 'retry';
  readonly query: URLSearchParams;
  readonly count: number;
  /** There are more than were counted. */
  readonly isCapped: boolean;
}

const words = { cancel: 'Cancel', retry: 'Retry' } as const;

/** Asks once more before many jobs are changed, and says how many. */
export function actionPage({ action, query, count, isCapped }: ActionView): Html {
  const jobs = `${isCapped ? 'more than ' : ''}${count} ${count === 1 && !isCapped ? 'job' : 'jobs'}`;
  const chosen = [...query].filter(([name]) => name !== 'action');
  return html`<div class="narrow"><h1>${words[action]} ${jobs}?</h1>
<dl class="facts">${chosen.map(([name, value]) => html`<dt>${name}</dt><dd>${foreign(name === 'status' ? statusWords[value as JobStatus].word : value)}</dd>`)}</dl>
<p class="faint">${
    action === 'retry'
      ? 'Failed jobs that are like this run again. What ends from now on is left alone.'
      : 'Jobs that are like this and have not ended are canceled. What is submitted from now on is left alone.'
  }</p>
<div class="buttons"><form method="post" action="/ui/actions">
${[...query].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<button ${count === 0 && html`disabled data-off`}>${words[action]} ${jobs}</button></form>
<a class="button quiet" href="/ui?${new URLSearchParams(chosen).toString()}">Back</a></div></div>`;
}
