import type { Right } from '../../../shared/domain/access/access-entry.ts';
import { type BatchRoot, batchIdOf, isUndecided } from '../../../shared/domain/children/batch.ts';
import type { JobItem } from '../../../shared/domain/state/job/item.ts';
import { isTerminal } from '../../../shared/domain/state/job/transitions.ts';
import { waitOf } from '../../../shared/domain/state/waits/wait.ts';
import { childrenQuery } from '../../../shared/http/responses/children-response.ts';
import { hasEtag } from '../../../shared/http/wire/etag.ts';
import type { HttpRequest, HttpResponse } from '../../../shared/http/wire/http-types.ts';
import { parseQuery } from '../../../shared/http/wire/query.ts';
import { rootIn } from '../../../shared/operations/find/find-child.ts';
import { childrenOf, countBatch } from '../../../shared/operations/find/list-children.ts';
import { etagOf, notModified, type Page, pageResponse } from '../html/layout.ts';
import { type Again, childrenPage, type StatePage, statesInOrder } from './children-page.ts';

type Showing = Parameters<typeof childrenOf>[2] & {
  readonly rights: readonly Right[];
  readonly page: Omit<Page, 'title' | 'body'>;
};

/** So many children of each state, or of the one that was asked for. */
const limit = { ofEach: 20, ofOne: 50 };
/** Seconds. Children that were left by a parent that has ended may be open for ever. */
const refresh = { running: 5, left: 60 };

/**
 * Answers `GET /ui/jobs/{id}/children/{key}`. @throws NotFoundError, InvalidRequestError, StoreUnavailableError,
 * NewerVersionError
 */
export async function showChildren(
  job: JobItem,
  request: HttpRequest,
  { page, rights, ...deps }: Showing,
): Promise<HttpResponse> {
  const { after = -1, status } = parseQuery(request, childrenQuery);
  const root = await rootIn(job, batchIdOf(job.id, request.pathParameters?.key ?? ''), deps);
  const counted = await countBatch(root, deps);
  const pages: StatePage[] = [];
  for (const state of status ? [status] : statesInOrder) {
    const asked = status ? { after, limit: limit.ofOne } : { after: -1, limit: limit.ofEach };
    pages.push({ state, page: await childrenOf({ parent: job, root }, { ...asked, status: state }, deps) });
  }
  const again = counted.unsuccessful > 0 ? againOf(job, root, rights) : undefined;
  const etag = etagOf([job.type, isTerminal(job.status), counted, pages, page, again ?? '']);
  if (hasEtag(request.headers['if-none-match'], etag)) return notModified(etag);
  const isOver = counted.ended === counted.count;
  return pageResponse(
    200,
    {
      ...page,
      title: `Children of ${job.type}: ${counted.key}`,
      body: childrenPage({ job, batch: counted, status, pages, again }),
      refreshSeconds: isOver ? undefined : isTerminal(job.status) ? refresh.left : refresh.running,
    },
    { etag },
  );
}

/** As `retryChildren` decides it: a button that cannot work is not shown. */
function againOf(job: JobItem, root: BatchRoot, rights: readonly Right[]): Again | undefined {
  const wait = waitOf(job);
  const isAwaited = wait?.kind === 'children' && wait.batches.includes(root.batch);
  if (!isAwaited || !isUndecided(root)) return undefined;
  if (root.retries) return 'asked';
  return rights.includes('control') ? 'possible' : undefined;
}
