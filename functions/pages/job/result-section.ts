import { hasSucceeded } from '../../../shared/domain/state/job/transitions.ts';
import type { JobResponse } from '../../../shared/http/responses/job-response.ts';
import { foreign, type Html, html } from '../html/html.ts';
import { size } from '../html/words.ts';
import { showValue } from './show-value.ts';

interface ResultView {
  readonly job: JobResponse;
  /** `?grant=...`, if the page was opened by one. */
  readonly grantQuery: string;
  /** A page hides secret fields, and cannot do that in an object. */
  readonly hasSecretResult: boolean;
}

/** A page has a size. */
const maxCharacters = 16_000;

/** What the page of a job says about its result. */
export function resultSection(view: ResultView): Html | false {
  const { job } = view;
  if (!hasSucceeded(job.status)) return false;
  return html`<section aria-labelledby="result"><h2 id="result">Result</h2>
${job.resultObject ? inObject(job.resultObject, view) : inItem(view)}</section>`;
}

function inItem({ job, grantQuery }: ResultView): Html {
  const bytes = Buffer.byteLength(JSON.stringify(job.result));
  return html`${shortValue(job.result, bytes)}
<p><a href="/ui/jobs/${job.id}/result${grantQuery}" download="${job.id}.json">Download as JSON</a> <span class="faint">${size(bytes)}</span></p>`;
}

/** With a streamed result, what its handler returned stands beside it. */
function inObject(
  { bytes, contentType }: NonNullable<JobResponse['resultObject']>,
  { job, grantQuery, hasSecretResult }: ResultView,
): Html {
  const beside = job.result === null ? undefined : job.result;
  return html`${beside !== undefined && shortValue(beside, Buffer.byteLength(JSON.stringify(beside)))}
${
  hasSecretResult
    ? html`<p>It is a file, which may have secret fields: fetch it through the API, from the job's <code>resultObject</code>.`
    : html`<p><a href="/ui/jobs/${job.id}/result${grantQuery}">Download the file</a>`
} <span class="faint">${size(bytes)}, ${foreign(contentType)}</span></p>`;
}

/** A value, unless it is too large for a page. */
export function shortValue(result: unknown, bytes: number): Html {
  const shown = bytes > maxCharacters ? undefined : showValue(result);
  return shown && Buffer.byteLength(shown.text) <= 2 * maxCharacters
    ? shown
    : html`<p class="faint">It is too large to be shown here.</p>`;
}
