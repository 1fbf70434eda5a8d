import { hash } from 'node:crypto';
import type { Viewer } from '../../shared/http/access/check-access.ts';
import { hasEtag } from '../../shared/http/etag.ts';
import type { HttpRequest, HttpResponse } from '../../shared/http/http-types.ts';
import { retryAfterSeconds, toJobResponse } from '../../shared/http/job-response.ts';
import { statusUrlOf } from '../../shared/http/job-urls.ts';
import { etagOf, withoutSecrets } from '../../shared/http/status-response.ts';
import type { Contracts } from '../../shared/job/contract.ts';
import type { JobItem } from '../../shared/job/item.ts';
import type { JobList } from '../../shared/job/ports.ts';
import { hasSucceeded, isClaimed } from '../../shared/job/transitions.ts';
import { jobPage, type Related } from './job-page.ts';
import { pageHeaders, pageResponse } from './layout.ts';

interface Showing {
  readonly viewer: Viewer;
  readonly list: Pick<JobList, 'read'>;
  readonly contracts: Contracts;
  readonly canSignOut: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
}

const maxDependents = 20;
const refresh = { min: 2, max: 15 };

/** The page of a job, or 304 if the browser has the page of this very state. */
export async function showJob(item: JobItem, request: HttpRequest, showing: Showing): Promise<HttpResponse> {
  const { viewer, contracts, now, canSignOut } = showing;
  const statusUrl = statusUrlOf(request, item.id);
  const job = toJobResponse(withoutSecrets(item, contracts), { statusUrl, pageUrl: statusUrl });
  const rights = viewer.kind === 'caller' ? viewer.rights : [];
  const dependencies = await dependenciesOf(item, showing);
  const dependents = [...(item.dependents ?? [])].slice(0, maxDependents);
  const state = JSON.stringify([etagOf(job), dependencies, dependents, rights]);
  const etag = `"${hash('sha256', state, 'base64url').slice(0, 22)}"`;
  if (hasEtag(request.headers['if-none-match'], etag))
    return { statusCode: 304, headers: { etag, 'cache-control': pageHeaders['cache-control'] } };
  const grant = request.queryStringParameters?.grant;
  const grantQuery = grant === undefined ? '' : `?grant=${encodeURIComponent(grant)}`;
  const wait = retryAfterSeconds(item, now);
  return pageResponse(
    200,
    {
      title: `${job.type} · ${job.status}`,
      body: jobPage({ job, dependencies, dependents, rights, grantQuery, now }),
      isSignedIn: rights.includes('read'),
      canOperate: rights.includes('operate'),
      canSignOut,
      status: job.status,
      refreshSeconds: wait === undefined ? undefined : Math.min(refresh.max, Math.max(refresh.min, wait)),
    },
    { etag },
  );
}

/** What became of each dependency. Of a job that could start, all have succeeded: that costs no read. */
async function dependenciesOf(
  { dependsOn = [], status, tenant }: JobItem,
  { list }: Showing,
): Promise<readonly Related[]> {
  if (dependsOn.length === 0) return [];
  if (isClaimed(status) || hasSucceeded(status)) return dependsOn.map((id) => ({ id, status: 'succeeded' }));
  const { items } = await list.read(dependsOn);
  const known = new Map(items.filter((item) => item.tenant === tenant).map((item) => [item.id, item.status]));
  return dependsOn.map((id) => ({ id, status: known.get(id) }));
}
