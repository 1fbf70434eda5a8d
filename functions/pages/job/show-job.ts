import * as z from 'zod/mini';
import { type Contracts, contractOf } from '../../../shared/author/contract.ts';
import { batchIdOf } from '../../../shared/domain/children/batch.ts';
import type { ObjectStore } from '../../../shared/domain/objects/object-ports.ts';
import { readLogTail } from '../../../shared/domain/observe/log-line.ts';
import type { JobItem } from '../../../shared/domain/state/job/item.ts';
import type { JobList } from '../../../shared/domain/state/ports.ts';
import { type JobWait, waitOf } from '../../../shared/domain/state/waits/wait.ts';
import type { Viewer } from '../../../shared/http/access/people.ts';
import {
  type JobResponse,
  retryAfterSeconds,
  toJobResponse,
} from '../../../shared/http/responses/job-response.ts';
import { statusUrlOf } from '../../../shared/http/responses/job-urls.ts';
import { lineFilter } from '../../../shared/http/responses/log-response.ts';
import { withoutSecrets } from '../../../shared/http/responses/status-response.ts';
import { hasEtag } from '../../../shared/http/wire/etag.ts';
import type { HttpRequest, HttpResponse } from '../../../shared/http/wire/http-types.ts';
import { parseQuery } from '../../../shared/http/wire/query.ts';
import { holdsLink } from '../../../shared/http/wire/respond.ts';
import { progressOfChildren } from '../../../shared/operations/find/children-progress.ts';
import { type BatchCount, countBatches, rootsOf } from '../../../shared/operations/find/list-children.ts';
import type { MapStacks } from '../../../shared/operations/find/map-stacks.ts';
import { etagOf, notModified, pageResponse } from '../html/layout.ts';
import { jobPage, waitsForWorker } from './job-page.ts';
import { keptPayload } from './payload.ts';
import type { Related } from './related-jobs.ts';
import { hasSecretResult } from './result-file.ts';

type Counting = Parameters<typeof rootsOf>[1] & Parameters<typeof countBatches>[1];

interface Showing extends Counting {
  readonly viewer: Viewer;
  readonly list: Pick<JobList, 'read'>;
  readonly contracts: Contracts;
  /** Where large messages are. */
  readonly objects: Pick<ObjectStore, 'read'>;
  readonly mapStacks: MapStacks;
  /** Whether people sign in here at all. */
  readonly hasSignIn: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
}

const jobQuery = z.strictObject({ grant: z.optional(z.string()), level: lineFilter.level });
const maxDependents = 20;
const maxBatches = 10;
const refresh = { min: 2, max: 15 };

/** The page of a job, or 304 if the browser has the page of this very state. @throws InvalidRequestError */
export async function showJob(item: JobItem, request: HttpRequest, showing: Showing): Promise<HttpResponse> {
  const { viewer, contracts, now, hasSignIn } = showing;
  const { grant, ...filter } = parseQuery(request, jobQuery);
  const statusUrl = statusUrlOf(request, item.id);
  const shown = withoutSecrets(item, contracts);
  const urls = { statusUrl, pageUrl: statusUrl };
  const roots = await rootsOf(item, showing);
  const batches = await countBatches(roots.slice(-maxBatches), showing);
  const wait = waitOf(shown);
  const responded = toJobResponse(shown, urls, progressIn(batches, wait, item));
  const job = viewer.kind === 'grant' ? withoutActors(responded) : responded;
  const rights = viewer.kind === 'caller' ? viewer.rights : [];
  const dependencies = await dependenciesOf(item, showing);
  const dependents = [...(item.dependents ?? [])].slice(0, maxDependents);
  const payload = rights.includes('read') ? await keptPayload(item, showing) : undefined;
  const lines = rights.includes('logs') ? await showing.mapStacks(readLogTail(item.logTail)) : [];
  const isLate = waitsForWorker({ job, wait }, now);
  const shownNow = [payload, lines, job, dependencies, dependents, batches, rights, wait, isLate];
  const etag = etagOf(shownNow);
  if (hasEtag(request.headers['if-none-match'], etag)) return notModified(etag);
  const grantQuery = grant === undefined ? '' : `?grant=${encodeURIComponent(grant)}`;
  const seconds = retryAfterSeconds(item, now);
  return pageResponse(
    200,
    {
      title: `${job.type} · ${job.status}`,
      body: jobPage({
        job,
        dependencies,
        dependents,
        batches,
        batchCount: roots.length,
        wait,
        keeps: item.checkpoint !== undefined ? 'state' : item.steps !== undefined ? 'steps' : 'nothing',
        rights,
        grantQuery,
        hasSecretResult: hasSecretResult(item, contracts),
        lines,
        lineFilter: filter,
        payload,
        isOpenType: contractOf(contracts, item.type)?.reserved === undefined,
        now,
      }),
      isSignedIn: rights.includes('read'),
      canOperate: rights.includes('operate'),
      canSignOut: hasSignIn && viewer.kind === 'caller',
      signInUrl: hasSignIn && viewer.kind === 'grant' ? `/ui/jobs/${item.id}` : undefined,
      status: job.status,
      refreshSeconds:
        seconds === undefined ? undefined : Math.min(refresh.max, Math.max(refresh.min, seconds)),
    },
    { etag, ...(grant === undefined ? {} : holdsLink) },
  );
}

/** Of the batches that the page shows, those that the job waits for say how far it is. */
const progressIn = (batches: readonly BatchCount[], wait: JobWait | undefined, { id }: JobItem) =>
  wait?.kind === 'children'
    ? progressOfChildren(batches.filter(({ key }) => wait.batches.includes(batchIdOf(id, key))))
    : undefined;

/** Who has the link to a job need not learn who works with its tenant. */
const withoutActors = (job: JobResponse): JobResponse => ({
  ...job,
  history: job.history.map(({ by: _, ...entry }) => entry),
});

/** How far each dependency is. Once the job has started they do not matter any more: all had succeeded. */
async function dependenciesOf(
  { dependsOn = [], startedAt, tenant }: JobItem,
  { list }: Showing,
): Promise<readonly Related[]> {
  if (dependsOn.length === 0) return [];
  if (startedAt !== undefined) return dependsOn.map((id) => ({ id, status: 'succeeded' }));
  const { items, newer } = await list.read(dependsOn);
  const known = new Map(items.filter((item) => item.tenant === tenant).map((item) => [item.id, item.status]));
  const versions = new Map(newer.map(({ id, version }) => [id, version]));
  return dependsOn.map((id) => ({ id, status: known.get(id), newerVersion: versions.get(id) }));
}
