import type { BatchCount, ChildState } from '../../../shared/operations/find/list-children.ts';
import { hatching } from '../html/chart.ts';
import { foreign, type Html, html } from '../html/html.ts';
import { cut } from '../html/words.ts';

/** A key and a type can have any length. */
const maxName = 60;
/** Of the addresses of all batches: a page has a size, and a key of strange characters is long there. */
const maxPaths = 4_000;
/** Percent. What is there can be seen, however little it is. */
const minWidth = 1;

export const countOf = ({
  count,
  ended,
  unsuccessful,
}: BatchCount): Readonly<Record<ChildState, number>> => ({
  succeeded: ended - unsuccessful,
  unsuccessful,
  open: count - ended,
});

/** The gateway decodes the path twice: before it looks for the route, and after that. */
export const batchPath = (job: string, key: string): string =>
  `/ui/jobs/${job}/children/${encodeURIComponent(encodeURIComponent(key))}`;

/**
 * The words beside it say the same. Nobody needs a colour: what did not succeed is hatched. `hatching` must be in the
 * page.
 */
export function batchBar(batch: BatchCount): Html {
  const { succeeded, unsuccessful } = countOf(batch);
  const percent = (part: number) => (part === 0 ? 0 : Math.max(minWidth, (100 * part) / batch.count));
  const bad = percent(unsuccessful);
  const good = Math.min(percent(succeeded), 100 - bad);
  return html`<svg class="bar" aria-hidden="true" focusable="false"><rect class="ended" width="${good}%" height="100%"/><rect class="hatched" x="${good}%" width="${bad}%" height="100%" fill="url(#hatching)"/></svg>`;
}

interface ChildrenOfJob {
  readonly job: { readonly id: string };
  /** The last ones that it has spawned. */
  readonly batches: readonly BatchCount[];
  /** How many it has spawned in all. */
  readonly batchCount: number;
  /** Who has a link to one job only gets no links to others. */
  readonly hasLinks: boolean;
}

/** How far the children of a job are, batch by batch. */
export function childrenSection({ job, batches, batchCount, hasLinks }: ChildrenOfJob): Html | false {
  const shown = lastThatFit(batches.map((batch) => ({ batch, path: batchPath(job.id, batch.key) })));
  return (
    shown.length > 0 &&
    html`<section aria-labelledby="children"><h2 id="children">Children</h2>${hatching}
${batchCount > shown.length && html`<p class="faint">The last ${shown.length} of ${batchCount} batches.</p>`}
<ul class="batches">${shown.map(({ batch, path }) => html`<li>${nameOf(batch, hasLinks && path)}${batchBar(batch)}<p>${words(batch)}</p></li>`)}</ul></section>`
  );
}

function lastThatFit<Row extends { readonly path: string }>(rows: readonly Row[]): readonly Row[] {
  let length = 0;
  const tooMany = rows.findLastIndex(({ path }) => {
    length += path.length;
    return length > maxPaths;
  });
  return rows.slice(tooMany + 1);
}

function nameOf({ key, type, count }: BatchCount, path: string | false): Html {
  const name = foreign(cut(key, maxName));
  return html`${path ? html`<a href="${path}">${name}</a>` : html`<strong>${name}</strong>`} <span class="faint">${count} of the type ${foreign(cut(type, maxName))}</span>`;
}

function words(batch: BatchCount): string {
  const { succeeded, unsuccessful, open } = countOf(batch);
  return `${succeeded} succeeded, ${unsuccessful} unsuccessful, ${open} open`;
}
