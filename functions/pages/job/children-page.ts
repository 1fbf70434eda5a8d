import { waitReasonOf } from '../../../shared/http/responses/wait-reason.ts';
import type {
  BatchCount,
  Child,
  ChildPage,
  ChildState,
} from '../../../shared/operations/find/list-children.ts';
import { hatching } from '../html/chart.ts';
import { foreign, type Html, html } from '../html/html.ts';
import { cut, newerVersion, statusBadge } from '../html/words.ts';
import { batchBar, batchPath, countOf } from './children-section.ts';

/** Children of one state. */
export interface StatePage {
  readonly state: ChildState;
  readonly page: ChildPage;
}

/** Whether those that do not succeed are made again: somebody has asked for it, or the person who looks may do so. */
export type Again = 'asked' | 'possible';

interface ChildrenView {
  readonly job: { readonly id: string; readonly type: string };
  readonly batch: BatchCount;
  /** Of this state alone; the beginning of each state if there is none. */
  readonly status: ChildState | undefined;
  readonly pages: readonly StatePage[];
  readonly again: Again | undefined;
}

/** What needs somebody comes first. */
export const statesInOrder: readonly ChildState[] = ['unsuccessful', 'open', 'succeeded'];

/** A page has a size. */
const max = { message: 100, name: 60, child: 24 };

/** The children of one batch: how many there are in each state, and who they are. */
export function childrenPage(view: ChildrenView): Html {
  const { job, batch, pages } = view;
  return html`<div data-live="children">
<div class="heading"><h1>Children: ${foreign(cut(batch.key, max.name))}</h1>${view.again === 'possible' && retryButton(view)}</div>
<p class="faint id">${batch.count} of the type ${foreign(cut(batch.type, max.name))}, spawned by ${foreign(cut(job.type, max.name))} <a class="mono" href="/ui/jobs/${job.id}">${job.id}</a></p>
${view.again === 'asked' && html`<p>Those that do not succeed are made again when all have ended.</p>`}
${hatching}${batchBar(batch)}
${stateLinks(view)}
${pages.map((one) => section(one, view))}
</div>`;
}

const retryButton = ({ job, batch }: ChildrenView): Html =>
  html` <form method="post" action="${batchPath(job.id, batch.key)}/retry"><button>Retry those that failed</button></form>`;

/** Within the address of the page, which may be long. */
function stateLinks({ batch, status }: ChildrenView): Html {
  const counts = countOf(batch);
  const here = (isHere: boolean) => isHere && html` aria-current="page"`;
  return html`<nav class="links" aria-label="Children by state"><a href="?"${here(status === undefined)}>All ${batch.count}</a> ${statesInOrder.map(
    (state) => html`<a href="?status=${state}"${here(status === state)}>${counts[state]} ${state}</a> `,
  )}</nav>`;
}

function section({ state, page }: StatePage, { status }: ChildrenView): Html | false {
  const { children, newer, next } = page;
  const isEmpty = children.length === 0 && newer.length === 0;
  if (isEmpty && status === undefined) return false;
  const more =
    next !== undefined &&
    (status === undefined
      ? html`<p><a href="?status=${state}">All that are ${state}</a></p>`
      : html`<p><a rel="next" href="?status=${state}&amp;after=${next}">More children</a></p>`);
  return html`<section aria-labelledby="${state}"><h2 id="${state}">${titles[state]}</h2>
${isEmpty && html`<p class="empty">There are none.</p>`}
<ul class="jobs">${children.map(row)}${newer.map(({ id, version }) => html`<li><span class="faint">A child ${newerVersion(version)}</span> <span class="mono">${id}</span></li>`)}</ul>${more}</section>`;
}

const titles: Readonly<Record<ChildState, string>> = {
  unsuccessful: 'Unsuccessful',
  open: 'Open',
  succeeded: 'Succeeded',
};

const signOf = (status: Child['status']): Html => {
  if (status === 'expired') return html`<span class="faint">not kept any more</span>`;
  return status === 'not-sent' ? html`<span class="faint">not sent</span>` : statusBadge(status);
};

/** A child that has no item has no page. */
const row = ({ index, id, status, isKnown, tags: [name] = [], error, wait }: Child): Html =>
  html`<li>${signOf(status)} ${isKnown ? html`<a href="/ui/jobs/${id}">Child ${index}${name !== undefined && html`: ${foreign(cut(name, max.child))}`}</a>` : `Child ${index}`}${error && html` <span class="message">${foreign(firstLine(`${error.name}: ${error.message}`))}</span>`}${wait && html` <span class="message">${foreign(waitReasonOf(wait, {}))}</span>`}</li>`;

const firstLine = (text: string): string => cut(text.split('\n', 1)[0] ?? '', max.message);
