import * as z from 'zod/mini';
import type { Contracts } from '../../../shared/author/contract.ts';
import { InvalidRequestError } from '../../../shared/domain/base/errors.ts';
import { type StatsRange, statsRanges } from '../../../shared/domain/observe/stage-series.ts';
import type { HttpRequest, HttpResponse } from '../../../shared/http/wire/http-types.ts';
import { parseQuery } from '../../../shared/http/wire/query.ts';
import { findStats } from '../../../shared/operations/find/find-stats.ts';
import { filledIn } from '../forms/filter-form.ts';
import { html } from '../html/html.ts';
import { type Page, pageResponse } from '../html/layout.ts';
import { statsPage } from './stats-page.ts';

type Showing = Parameters<typeof findStats>[1] & {
  readonly contracts: Contracts;
  /** By what the stage counts. */
  readonly metrics: 'off' | 'queue' | 'type';
  readonly page: Omit<Page, 'title' | 'body'>;
};

const names = Object.keys(statsRanges) as [StatsRange, ...StatsRange[]];
const statsQuery = z.strictObject({
  range: z._default(z.enum(names, `must be one of ${names.join(', ')}`), 'hour'),
  type: z.optional(z.string()),
});

/** Answers `GET /ui/stats`. @throws InvalidRequestError, MetricsUnavailableError */
export async function showStats(request: HttpRequest, showing: Showing): Promise<HttpResponse> {
  const { contracts, metrics, page } = showing;
  // A form sends its empty field, too.
  const { range, type } = parseQuery({ rawQueryString: filledIn(request).toString() }, statsQuery);
  const title = 'Statistics';
  if (metrics === 'off') {
    const body = html`<div class="heading"><h1>Statistics</h1></div><p class="empty">This stage counts nothing: its parameter <code>metrics</code> is false.</p>`;
    return pageResponse(200, { ...page, title, body });
  }
  const types = metrics === 'type' ? Object.keys(contracts).sort() : [];
  if (type !== undefined && !types.includes(type))
    throw new InvalidRequestError('There are no numbers of this type.');
  const stats = await findStats({ range, type }, showing);
  const body = statsPage({ stats, range, type, types });
  // A new period has new numbers: to look sooner would cost, and show little.
  return pageResponse(200, { ...page, title, body, refreshSeconds: statsRanges[range].periodSeconds });
}
