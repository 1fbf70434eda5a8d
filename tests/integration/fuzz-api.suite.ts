import { hash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod/mini';
import { batchKeyPrefix } from '../../shared/domain/children/batch.ts';
import { pausesId } from '../../shared/domain/state/limits/pause.ts';
import { maxPausesAgeMs } from '../../shared/domain/state/limits/recent-pauses.ts';
import { pauseList } from '../../shared/http/responses/pause-response.ts';
import { problemsWith } from '../answer-check.ts';
import { operations } from '../api-document.ts';
import { eventually } from './eventually.ts';
import { bytesOf } from './fuzz-bodies.ts';
import { prepareFixture, prepareShared, type SharedJobs } from './fuzz-fixture.ts';
import type { FuzzRequest } from './fuzz-request.ts';
import { requestsOf } from './fuzz-requests.ts';
import type { HttpSystem, RawAnswer } from './http-system.ts';

const runs = Number(process.env.FUZZ_RUNS ?? 100);
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const atATime = 16;
const quietMs = 2_000;

let system: HttpSystem;
let shared: SharedJobs;
/** The jobs that a call was allowed to write: those of answers that say so. */
const touched = new Set<string>();
const statuses: number[] = [];
/** Of the tenants whose jobs may run, and fail. */
const keys = new Set<string>();
/** All groups of errors that these tenants have shown so far. */
const groups = new Set<string>();

const routes = [...operations.keys()];
/** They change children that have not all ended: here these would write what nobody has asked for. The examples have some. */
const isForOpenChildren = (address: string): boolean => /^POST .*\/children\//.test(address);
/** Workers write the batches of parents, also after the end of a parent: the message of a child may come twice. */
const isBatch = (id: string): boolean => id.startsWith(batchKeyPrefix);
const isGroup = (id: string): boolean => id.startsWith('errors/');

/** Whatever is asked, the API answers as its document says. */
export function fuzzApi(running: () => HttpSystem): void {
  beforeAll(async () => {
    system = running();
    await quiet();
    shared = await prepareShared(system);
  });

  test.each(routes)(
    `%s answers whatever is asked as the document says (FUZZ_SEED=${seed})`,
    async (address) => {
      const fixture = await prepareFixture(address, system, shared);
      keys.add(fixture.key);
      const batches = isForOpenChildren(address) ? await endedBatches(address) : undefined;
      system.written.clear();
      statuses.length = 0;
      const requests = fc.sample(requestsOf(address, fixture), { seed, numRuns: runs });
      const failures: string[] = [];
      const queue = requests.values();
      const worker = async () => {
        for (const request of queue) {
          const problems = await problemsOf(request);
          if (problems.length > 0) failures.push(`${describe(request)}\n  ${problems.join('\n  ')}`);
        }
      };
      await Promise.all(Array.from({ length: atATime }, worker));
      if (address === 'POST /pauses') await resumeAll(fixture.key);
      if (address === 'POST /jobs/actions') for (const id of fixture.ownIds) touched.add(id);
      const unasked = [...system.written].filter((id) => !touched.has(id));
      expect(failures.slice(0, 5)).toEqual([]);
      expect(unasked.filter((id) => !isGroup(id) && !isBatch(id))).toEqual([]);
      // Who writes that twice changes nothing.
      if (batches) expect(await system.batchesOf(address)).toEqual(batches);
      // Jobs fail while they are looked at: a group is seen when it is written, and listed a moment later.
      // Most groups are known: to ask all tenants after each route was a twelfth of all requests.
      const unknown = () => unasked.filter((id) => isGroup(id) && !groups.has(id));
      if (unknown().length > 0)
        await eventually(async () => {
          await lookAtGroups();
          return unknown().length === 0 || undefined;
        }, `these groups to be of the tenants whose jobs run: ${unknown()}`);
      // Requests of which all are refused, or none, would prove little.
      const refused = statuses.filter((status) => status >= 400).length;
      expect(refused).toBeGreaterThan(runs / 10);
      if (!isForOpenChildren(address)) expect(statuses.length - refused).toBeGreaterThan(runs / 20);
    },
    60_000 + runs * 500,
  );

  /** The jobs of the other requests are to run. */
  async function resumeAll(key: string): Promise<void> {
    const headers = { authorization: `Bearer ${key}` };
    const { body } = await system.send({ method: 'GET', target: '/pauses', headers });
    for (const { name } of pauseList.parse(JSON.parse(body)).items)
      await system.send({ method: 'DELETE', target: `/pauses/${encodeURIComponent(name)}`, headers });
    touched.add(pausesId);
    await setTimeout(maxPausesAgeMs);
  }

  /** Those of the jobs of a route's tenant, when nobody has anything to write to them any more. */
  async function endedBatches(tenant: string) {
    await eventually(async () => {
      const roots = (await system.batchesOf(tenant)).filter((each) => 'parent' in each);
      expect(roots).not.toHaveLength(0);
      return roots.every((root) => 'expiresAt' in root) || undefined;
    }, 'the batches to have ended');
    await quiet();
    return system.batchesOf(tenant);
  }

  /** Finds the items of the groups of errors that these tenants have: a job that fails writes one. */
  async function lookAtGroups(): Promise<void> {
    for (const found of await Promise.all([...keys].map(groupsOf))) for (const id of found) groups.add(id);
  }
  async function groupsOf(key: string): Promise<readonly string[]> {
    const headers = { authorization: `Bearer ${key}` };
    const { body } = await system.send({ method: 'GET', target: '/errors?limit=100', headers });
    const { items, nextCursor } = groupsOfPage.parse(JSON.parse(body));
    expect(nextCursor).toBeUndefined();
    return items.map(({ id }) => `errors/${id}`);
  }
  const groupsOfPage = z.object({
    items: z.array(z.object({ id: z.string() })),
    nextCursor: z.optional(z.string()),
  });

  /** Waits until no job of another suite is at work: what it writes would count as written by a request. */
  const quiet = () =>
    eventually(async () => {
      system.written.clear();
      await setTimeout(quietMs);
      return system.written.size === 0 ? true : undefined;
    }, 'the jobs of others to end');

  async function problemsOf(request: FuzzRequest): Promise<readonly string[]> {
    const { method, path, query, headers, body } = request;
    const target = query === '' ? path : `${path}?${query}`;
    try {
      const answer = await system.send({ method, target, headers, body: bytesOf(body) });
      statuses.push(answer.status);
      for (const id of touchedBy(request, answer)) touched.add(id);
      if (isRefusedLocally(request, answer)) return [];
      const all = [...failuresIn(answer), ...problemsWith({ method, path, ...answer })];
      return all.length === 0 ? [] : [...all, `answered ${answer.status}: ${answer.body.slice(0, 300)}`];
    } catch (error) {
      // It closes the connection while a long body is still being sent.
      const isClosed = /EPIPE|ECONNRESET/.test(String(error));
      return isClosed && isOddLocally(request) ? [] : [String(error)];
    }
  }

  /** What serverless-offline refuses itself, anywhere: a path that is not UTF-8, a media type without a shape, a range. */
  const isRefusedLocally = (request: FuzzRequest, { status }: RawAnswer): boolean =>
    (status === 400 && isOddLocally(request)) || (status === 416 && request.headers.range !== undefined);
  const isOddLocally = ({ path, headers }: FuzzRequest): boolean =>
    path.includes('%ff') || /^(\xff|x{9})/.test(String(headers['content-type']));

  const named = z.object({ id: z.string(), dependsOn: z.optional(z.array(z.string())) });
  const batch = z.object({ items: z.array(z.object({ status: z.int(), job: z.optional(named) })) });

  /** What a request may write that is no job. @returns undefined of one that is about jobs */
  function writtenBeside({ method, path, body }: FuzzRequest): readonly string[] | undefined {
    // An item says which search for a job's lines there is, whatever becomes of the search.
    const [, searched] = /^\/jobs\/([^/]+)\/logs$/.exec(path) ?? [];
    if (searched !== undefined) return [`log-search/${searched}`];
    if (path.startsWith('/uploads')) return [];
    // Of a pause that is not there, the answer is 404: only the condition of the write finds that.
    if (path.startsWith('/pauses')) return method === 'GET' ? [] : [pausesId];
    if (path === '/ended-links') return endedLinkIds(body);
    // Which schedules are paused is kept in an item of its own.
    return /^\/schedules\/[^/]+\/(pause|resume)$/.test(path) ? ['paused-schedules'] : undefined;
  }

  /** The jobs that an answer says were submitted or changed, and those that they depend on, which have to know; and what is no job. */
  function touchedBy(request: FuzzRequest, { status, body }: RawAnswer): readonly string[] {
    const { method, path } = request;
    const beside = writtenBeside(request);
    if (beside) return beside;
    if (status >= 300 || !['POST', 'DELETE'].includes(method)) return [];
    if (method === 'DELETE') return [path.split('/').at(-1) ?? ''];
    const json: unknown = JSON.parse(body);
    const items = batch.safeParse(json).data?.items ?? [{ job: named.parse(json) }];
    return items.flatMap(({ job }) => (job ? [job.id, ...(job.dependsOn ?? [])] : []));
  }

  const linkSent = z.object({ url: z.string() });
  function endedLinkIds(sent: unknown): readonly string[] {
    const { url = '' } = linkSent.safeParse(sent).data ?? {};
    const grant = URL.canParse(url) ? new URL(url).searchParams.get('grant') : null;
    return grant === null ? [] : [`ended-credential/${hash('sha256', grant, 'base64url')}`];
  }

  /** Of an answer, and of each job of a batch. */
  const failuresIn = ({ status, body }: RawAnswer): readonly string[] => {
    const items =
      status === 200 && body.startsWith('{"items":') ? batch.safeParse(JSON.parse(body)).data?.items : [];
    return [status, ...(items ?? []).map((item) => item.status)]
      .filter((each) => each >= 500)
      .map((each) => `status ${each}`);
  };

  const describe = ({ method, path, query, headers, body }: FuzzRequest): string => {
    const { authorization: _, ...shown } = headers;
    const bytes = bytesOf(body)?.toString('latin1').slice(0, 500);
    return [
      `${method} ${path.slice(0, 200)}?${query.slice(0, 200)}`,
      JSON.stringify(shown).slice(0, 500),
      bytes,
    ].join('\n  ');
  };
}
