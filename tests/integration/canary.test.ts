import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bundle } from '../../infra/packaging/bundle.ts';
import { bundleConditions } from '../../infra/packaging/job-type-catalog.ts';
import { fromAttributes } from '../../shared/aws/records/attribute-value.ts';
import { type JobItem, jobItem } from '../../shared/domain/state/job/item.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import type { SubmitRequest } from '../../shared/http/requests/submit-request.ts';
import { type JobResponse, jobResponse } from '../../shared/http/responses/job-response.ts';
import { SeededRandom } from '../../testkit/play/seeded-random.ts';
import { projectDir, withProjectCopy } from '../project-copy.ts';
import { type Receiver, startReceiver } from '../set-ups/receiver.ts';
import { bundleFunctions, readService } from '../system/kept-service.ts';
import { eventually } from './eventually.ts';
import type { Build } from './function-version.ts';
import { type Deployment, environmentOf, type Source } from './functions.ts';
import { type Deployed, LiveAlias } from './live-alias.ts';
import { type System, startSystem } from './system.ts';

/** `npm run test:long` has 300, of which a tenth meets the new build. */
const jobs = Number(process.env.CANARY_JOBS ?? 60);
/** Of 20 attempts in three threads, one is the fifth of its thread: that is certain, whatever the seed. */
const canary = { weight: jobs >= 300 ? 0.1 : 0.4, attempts: 20 };
const leaseSeconds = 20;
const maxMs = 240_000 + jobs * 1_000;
const sources: readonly Source[] = [
  'standard',
  'long',
  'ordered.fifo',
  'waiting',
  'bulk',
  'notify',
  'notify-slow',
];

interface Builds {
  readonly first: Build;
  /** In the order in which they are deployed. */
  readonly others: readonly Build[];
}

/** The handlers of a folder of bundles. */
async function handlersIn(bundles: string): Promise<readonly string[]> {
  const names = await readdir(join(bundles, 'functions'));
  return names.map((name) => join(bundles, 'functions', name, 'handler.mjs'));
}

/** Replaces every bundle of a folder. */
async function rewrite(bundles: string, change: (code: string) => string): Promise<void> {
  for (const path of await handlersIn(bundles)) await writeFile(path, change(await readFile(path, 'utf8')));
}

/** Bundles the worker with a type of which each twentieth attempt of a process fails, from its fifth on. */
const bundleFailing = (outdir: string): Promise<void> =>
  withProjectCopy(async (project) => {
    const path = join(project, 'tests/job-types/csv-sums/handler.ts');
    const code = await readFile(path, 'utf8');
    const begin = 'const sums = job.resume ?? noSums();';
    expect(code).toContain(begin);
    const failing = `attempts += 1; if (attempts % 20 === 5) throw new Error('a bug'); ${begin}`;
    await writeFile(path, `let attempts = 0;\n${code.replace(begin, failing)}`);
    const conditions = bundleConditions(project);
    await bundle(project, ['functions/worker/handler.ts'], { outdir, conditions });
  });

async function makeBuilds(folder: string, deployment: Deployment): Promise<Builds> {
  const [environment, { accessKeys }] = [environmentOf(deployment), deployment];
  const bundles = await bundleFunctions(projectDir, await readService(projectDir, new Map()));
  const copied = async (name: string): Promise<Build> => {
    await cp(bundles, join(folder, name), { recursive: true });
    return { name, bundles: join(folder, name), environment, accessKeys };
  };
  const next = await copied('every bundle is replaced');
  await rewrite(next.bundles, (code) => `${code}\n// Of the next build.\n`);
  const unloadable = await copied('no module can be loaded');
  await rewrite(unloadable.bundles, (code) => `throw new Error('a library that is missing');\n${code}`);
  const failing = await copied('a twentieth of the attempts fails');
  await bundleFailing(failing.bundles);
  const { LEASE_SECONDS: _missing, ...rest } = environment;
  const lacking = { name: 'a variable is missing', bundles: next.bundles, environment: rest, accessKeys };
  return {
    first: { name: 'first', bundles, environment, accessKeys },
    others: [next, lacking, failing, unloadable],
  };
}

let folder = '';
let system: System;
let alias: LiveAlias;
let builds: Builds;
let receiver: Receiver;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'builds-'));
  receiver = await startReceiver((_request, response) => void response.end(), { isPlain: true });
  const load = async (deployment: Deployment) => {
    builds = await makeBuilds(folder, deployment);
    alias = new LiveAlias(builds.first, new SeededRandom(39));
    return alias.functions;
  };
  system = await startSystem({
    load,
    environment: {
      ...{ METRICS: 'queue', POWERTOOLS_LOG_LEVEL: 'ERROR' },
      ...{ LEASE_SECONDS: String(leaseSeconds), HEARTBEAT_SECONDS: '5' },
    },
  });
  system.start(...sources);
});
afterAll(async () => {
  await system?.stop();
  await alias?.stop();
  await receiver?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A client calls again, with the same key, until it is answered. */
async function submit(request: SubmitRequest, key: string, path = '/jobs'): Promise<JobResponse> {
  for (;;) {
    const headers = { 'idempotency-key': key };
    const { status, body } = await system.call('POST', path, { body: JSON.stringify(request), headers });
    if (status < 500) {
      expect([status, body]).toEqual([202, body]);
      return jobResponse.parse(JSON.parse(body));
    }
  }
}

/** A build that fails answers 500, until it is undone. */
const ended = (id: string) =>
  eventually(async () => {
    const { status, body } = await system.call('GET', `/jobs/${id}`);
    const job = status < 500 ? jobResponse.parse(JSON.parse(body)) : undefined;
    return job && isTerminal(job.status) ? job : undefined;
  }, `job ${id} to end`);

const csv = (sum: number) => ({
  csv: `a,b\n1,${sum}\n`,
  groupBy: 'a',
  metrics: [{ column: 'b', op: 'sum' as const }],
});

/** Jobs of all kinds that functions run. The first of them has ended by then, so that jobs do not pile up. */
async function submitRound(round: number): Promise<readonly string[]> {
  const counting = (seconds: number) => ({ type: 'counting', payload: { seconds } });
  const group = `group ${round % 3}`;
  const requests: SubmitRequest[] = [
    { type: 'csv-sums', payload: csv(round), notify: [{ url: receiver.url }] },
    { type: 'csv-sums', payload: csv(round) },
    { type: 'csv-sums', payload: csv(round), delaySeconds: 1 },
    counting(1),
    { ...counting(0), group },
    { ...counting(0), group },
    { type: 'booking', payload: { seats: 1, waitSeconds: 1 } },
    { type: 'contact-sheet', payload: { count: 3 } },
  ];
  const [first, ...others] = await Promise.all(
    requests.map((request, at) => submit(request, `${round}-${at}`)),
  );
  const dependsOn = first ? [first.id] : [];
  const after = await submit({ type: 'csv-sums', payload: csv(round), dependsOn }, `${round}-after`);
  for (const id of dependsOn) await ended(id);
  return [...dependsOn, ...others.map(({ id }) => id), after.id];
}

async function itemsOf({ aws }: System): Promise<readonly JobItem[]> {
  const found: JobItem[] = [];
  const pages = paginateScan({ client: aws.dynamoDb }, { TableName: aws.tableName, ConsistentRead: true });
  for await (const { Items = [] } of pages)
    for (const each of Items) {
      const { data } = jobItem.safeParse(fromAttributes(each));
      if (data) found.push(data);
    }
  return found;
}

const eventsOf = ({ history }: JobItem, event: string): number =>
  history.filter((each) => each.event === event).length;

test(
  'every bundle is replaced while jobs run, and three bad builds are undone without a hand: no job is lost, and none runs twice',
  async () => {
    const deployed: Deployed[] = [];
    let isDone = false;
    const deploying = (async () => {
      for (const build of builds.others) deployed.push(await alias.deploy(build, canary));
      isDone = true;
    })();
    const ids: string[] = [];
    for (let round = 0; ids.length < jobs || !isDone; round += 1) ids.push(...(await submitRound(round)));
    await deploying;
    await Promise.all(ids.map(ended));
    await Promise.all(sources.map((name) => system.drained(name)));

    const rang = Object.fromEntries(deployed.map((each) => [each.build, each.rang]));
    expect(rang).toEqual({
      'every bundle is replaced': [],
      'a variable is missing': ['configuration'],
      'a twentieth of the attempts fails': ['failed attempts'],
      'no module can be loaded': expect.arrayContaining([expect.stringMatching(/^(errors|faults)$/)]),
    });
    expect(alias.live.name).toBe('every bundle is replaced');
    const [, lacking] = deployed;
    expect(lacking?.version.lines.map(({ message }) => message)).toContain('configuration unreadable');
    expect(JSON.stringify(lacking?.version.lines)).toContain('LEASE_SECONDS is missing');

    const items = await itemsOf(system);
    const known = new Map(items.map((item) => [item.id, item]));
    expect(ids.filter((id) => known.get(id)?.status !== 'succeeded')).toEqual([]);
    // Those of children, too.
    expect(items.filter((item) => eventsOf(item, 'succeeded') !== 1).map(({ id }) => id)).toEqual([]);
    // An attempt is made again if the bug has failed the one before, and for no other reason.
    const again = items.filter(({ attempt }) => attempt > 1);
    expect(again.length).toBeGreaterThan(0);
    for (const { attempt, history } of again) {
      const errors = history.flatMap(({ event, error }) => (event === 'retrying' ? [error] : []));
      expect(errors).toEqual(Array(attempt - 1).fill(expect.stringContaining('a bug')));
    }
    expect(alias.maxHiddenMs).toBeLessThan((leaseSeconds + 60) * 1000);
    if (process.env.CANARY_JOBS)
      console.log(JSON.stringify({ jobs: items.length, maxHiddenMs: alias.maxHiddenMs, rang }));
  },
  maxMs,
);
