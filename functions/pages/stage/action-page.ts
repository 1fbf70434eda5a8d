import type { JobStatus } from '../../../shared/domain/state/job/transitions.ts';
import { foreign, type Html, html } from '../html/html.ts';
import { statusWords } from '../html/words.ts';

export interface ActionView {
  readonly action: 'cancel' | 'retry';
  readonly query: URLSearchParams;
  readonly count: number;
  /** Those that only newer code can read. */
  readonly newer: number;
  /** There are more than were counted. */
  readonly isCapped: boolean;
}

const filterWords: Readonly<Record<string, string>> = {
  status: 'Status',
  type: 'Type',
  tag: 'Tag',
  group: 'Group',
  error: 'Error',
  since: 'Submitted since',
  until: 'Submitted before',
};
const words = { cancel: 'Cancel', retry: 'Retry' } as const;

/** Asks once more before many jobs are changed, and says how many. */
export function actionPage({ action, query, count, newer, isCapped }: ActionView): Html {
  const isNone = count === 0 && !isCapped;
  const jobs = `${isCapped ? 'more than ' : ''}${count} ${count === 1 && !isCapped ? 'job' : 'jobs'}`;
  const chosen = [...query].filter(([name]) => name !== 'action');
  return html`<div class="narrow"><h1>${isNone ? `No job to ${action}` : html`${words[action]} ${jobs}?`}</h1>
<dl class="facts">${chosen.map(([name, value]) => html`<dt>${filterWords[name] ?? name}</dt><dd>${foreign(name === 'status' ? statusWords[value as JobStatus].word : value)}</dd>`)}</dl>
<p class="faint">${
    action === 'retry'
      ? 'They run again, each from the state that it saved last. What ends from now on is left alone.'
      : 'They are stopped, or never start. What is submitted from now on is left alone.'
  }</p>
${newer > 0 && html`<p class="faint">${newer} of a newer version ${newer === 1 ? 'is' : 'are'} left alone.</p>`}
<div class="buttons"><form method="post" action="/ui/actions">
${[...query].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<button ${isNone && html`disabled data-off`}>${words[action]} ${jobs}</button></form>
<a class="button quiet" href="/ui?${new URLSearchParams(chosen).toString()}">Back</a></div></div>`;
}
