import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ChildSystem } from '../../local/child-system.ts';
import { type Emulators, startEmulators } from '../../local/emulators.ts';
import { credentials, region } from '../../local/local-aws.ts';
import { wakePaused } from '../../shared/admission/wake-paused.ts';
import { fromAttributes } from '../../shared/aws/attribute-value.ts';
import { systemClock } from '../../shared/aws/clients.ts';
import { dynamoDbDueList } from '../../shared/aws/due-list.ts';
import { dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import { dynamoDbPauses } from '../../shared/aws/pauses.ts';
import { sqsPointerQueue } from '../../shared/aws/pointer-queue.ts';
import { type JobItem, jobItem } from '../../shared/domain/state/item.ts';
import { isTerminal } from '../../shared/domain/state/transitions.ts';
import { batchResponse } from '../../shared/http/batch-request.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { environmentOn } from '../local-aws.ts';
import { withProjectCopy } from '../project-copy.ts';
import { startLocalSystem } from '../system/start-system.ts';
import { eventually } from './eventually.ts';
import { startWireProxy, type WireProxy } from './wire-proxy.ts';

/** `npm run test:long` has 1,000, and with them 50 that run. */
const queued = Number(process.env.PAUSED_JOBS ?? 40);
/** Ten jobs run in an invocation. */
const invocations = queued >= 1_000 ? 5 : 2;
const running = 10 * invocations;
const inEachGroup = 10;
const groups = invocations;
const runSeconds = 20;
/** A job of a group is handed over from slice to slice. */
const sliceSeconds = 15;
const headSeconds = 40;
const leaseSeconds = 60;
/** So long after the pause, nothing starts any more. */
const holdsAfterMs = 5_000;
const maxMs = 180_000 + queued * 500;

let emulators: Emulators;
let queue: WireProxy;
let dynamoDb: DynamoDBClient;
let sqs: SQSClient;
const systems: ChildSystem[] = [];
beforeAll(async () => {
  emulators = await startEmulators();
  queue = await startWireProxy(emulators.sqsEndpoint);
  const { dynamoDbEndpoint, sqsEndpoint } = emulators;
  dynamoDb = new DynamoDBClient({ endpoint: dynamoDbEndpoint, region, credentials });
  sqs = new SQSClient({ endpoint: sqsEndpoint, region, credentials });
});
afterAll(async () => {
  await Promise.all(systems.map((system) => system.stop()));
  await queue?.stop();
  dynamoDb?.destroy();
  sqs?.destroy();
  await emulators?.stop();
});

async function edit(path: string, ...changes: readonly (readonly [string, string])[]): Promise<void> {
  let source = await readFile(path, 'utf8');
  for (const [from, to] of changes) {
    expect(source).toContain(from);
    source = source.replace(from, to);
  }
  await writeFile(path, source);
}

/** Ten jobs of the type run in an invocation, and so many invocations at a time. Few writes are made while they run. */
async function arrange(project: string): Promise<void> {
  const type = join(project, 'tests/job-types/counting');
  const handlers = join(project, 'tests/job-types/handlers');
  const catalog = "'csv-sums': csvSums,";
  await Promise.all([
    edit(
      join(project, 'serverless.yml'),
      ['maximumConcurrency: 10', `maximumConcurrency: ${invocations}`],
      ['heartbeatSeconds: 1 ', 'heartbeatSeconds: 5 '],
    ),
    edit(join(type, 'contract.ts'), ["queue: 'long',", ''], ['maxTimeoutSeconds.long', '45']),
    edit(join(type, 'handler.ts'), ['passed += 1', 'passed += 5'], ['job.pause(1)', 'job.pause(5)']),
    edit(join(handlers, 'long.ts'), ['  counting,\n', '']),
    edit(
      join(handlers, 'standard.ts'),
      [catalog, `${catalog} counting,`],
      ['import { csvSums', "import { counting } from '../counting/handler.ts';\nimport { csvSums"],
    ),
  ]);
}

async function start(project: string): Promise<ChildSystem> {
  const endpoints = { ...emulators, sqsEndpoint: queue.endpoint };
  const system = await startLocalSystem({
    project,
    endpoints,
    leaseSeconds,
    longWorkerTimeout: sliceSeconds,
  });
  systems.push(system);
  return system;
}

async function call({ address }: ChildSystem, method: string, path: string, sent?: object): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const body = sent === undefined ? {} : { headers, body: JSON.stringify(sent) };
  const response = await fetch(`${address}${path}`, { method, ...body });
  const text = await response.text();
  expect([response.status, text]).toEqual([200, text]);
  return text;
}

/** In their order, a hundred at a time. @returns their ids */
async function submit(system: ChildSystem, jobs: readonly object[]): Promise<string[]> {
  const ids: string[] = [];
  for (let from = 0; from < jobs.length; from += 100) {
    const sent = { jobs: jobs.slice(from, from + 100) };
    const { items } = batchResponse.parse(JSON.parse(await call(system, 'POST', '/jobs/batch', sent)));
    for (const item of items) {
      if (!('job' in item)) throw new Error(JSON.stringify(item));
      ids.push(item.job.id);
    }
  }
  return ids;
}

const aJob = (seconds: number, group?: string) => ({
  ...{ type: 'counting', payload: { seconds } },
  ...(group === undefined ? {} : { group }),
});

/** Every job, by its id. */
async function jobs(): Promise<ReadonlyMap<string, JobItem>> {
  const found = new Map<string, JobItem>();
  const { TABLE_NAME: TableName } = env();
  for await (const { Items = [] } of paginateScan({ client: dynamoDb }, { TableName, ConsistentRead: true }))
    for (const item of Items) {
      const { data } = jobItem.safeParse(fromAttributes(item));
      if (data) found.set(data.id, data);
    }
  return found;
}
const env = () => environmentOn(emulators, 'job-worker-local-');

/** @returns the jobs, when all of these are so */
const untilAll = (ids: readonly string[], isSo: (job: JobItem) => boolean, what: string) =>
  eventually(
    async () => {
      const found = await jobs();
      const those = ids.flatMap((id) => found.get(id) ?? []);
      return those.length === ids.length && those.every(isSo) ? those : undefined;
    },
    what,
    maxMs,
  );

/** What the function `overdue` does every five minutes. */
function look(): Promise<void> {
  const [client, names] = [dynamoDb, env()];
  return wakePaused(Date.now() + 50_000, {
    store: dynamoDbJobStore(client, names),
    due: dynamoDbDueList(client, names),
    pauses: dynamoDbPauses(client, names),
    pointers: sqsPointerQueue(sqs, names),
    clock: systemClock,
    log: recordedLog(),
  });
}

const isHeld = ({ status, paused, updatedAt }: JobItem): boolean =>
  status === 'waiting' && paused?.at === updatedAt;

interface Submitted {
  /** Those that run when the stage is paused: until their end, or until they are handed over. */
  readonly long: readonly string[];
  readonly heads: readonly string[];
  /** Those behind each head. */
  readonly behind: readonly (readonly string[])[];
  readonly alone: readonly string[];
}

/** While nothing is received, so that all places are taken at once after that. */
async function submitAll(system: ChildSystem): Promise<Submitted> {
  const names = Array.from({ length: groups }, (_, index) => `group ${index}`);
  const long = await submit(system, Array(running).fill(aJob(runSeconds)));
  const heads = await submit(
    system,
    names.map((name) => aJob(headSeconds, name)),
  );
  const behind: string[][] = [];
  for (const name of names) behind.push(await submit(system, Array(inEachGroup - 1).fill(aJob(0, name))));
  const alone = await submit(system, Array(queued - behind.flat().length).fill(aJob(0)));
  return { long, heads, behind, alone };
}

function expectOrder(jobsOfGroup: readonly (JobItem | undefined)[]): void {
  for (const [at, job] of jobsOfGroup.entries())
    expect(job?.startedAt).toBeGreaterThanOrEqual(jobsOfGroup[at - 1]?.finishedAt ?? 0);
}

/** What the pause does, until nothing runs any more. */
async function expectHeld({ long, heads, alone }: Submitted): Promise<void> {
  await untilAll(long, ({ status }) => status === 'succeeded', 'what runs to end');
  const held = await untilAll([...alone, ...heads], isHeld, 'what is queued to be held');
  for (const { attempt } of held) expect(attempt).toBe(0);
  for (const { slices = 0 } of held.slice(alone.length)) expect(slices).toBeGreaterThanOrEqual(1);
}

function expectEnds(ended: readonly JobItem[], { long, heads, behind }: Submitted, resumedAt: number): void {
  const ofId = new Map(ended.map((job) => [job.id, job]));
  const ran = new Set([...long, ...heads]);
  for (const { id, status, attempt, history, startedAt } of ended) {
    expect([status, attempt]).toEqual(['succeeded', 1]);
    expect(history.filter(({ event }) => event === 'succeeded')).toHaveLength(1);
    if (!ran.has(id)) expect(startedAt).toBeGreaterThan(resumedAt);
  }
  for (const [index, head] of heads.entries())
    expectOrder([head, ...(behind[index] ?? [])].map((id) => ofId.get(id)));
}

test(
  `${running} jobs run and ${queued} are queued; a pause, a deployment, and a resume: each job ends once, in order, and no attempt is used`,
  () =>
    withProjectCopy(async (project) => {
      await arrange(project);
      let receives = false;
      queue.treat = (operation, body) =>
        !receives && operation === 'ReceiveMessage' && /-(standard|ordered\.fifo)"/.test(body)
          ? 'refuse'
          : 'pass';
      const before = await start(project);
      const submitted = await submitAll(before);
      const { long, heads, behind, alone } = submitted;
      receives = true;
      await untilAll([...long, ...heads], ({ status }) => status === 'running', 'all places to be taken');
      await call(before, 'POST', '/pauses', { name: 'stage', why: 'a deployment' });
      const pausedAt = Date.now();
      await expectHeld(submitted);
      const heldAt = Date.now();
      await before.stop();

      await edit(join(project, 'shared/domain/base/version.ts'), [
        'currentVersion = 2',
        'currentVersion = 3',
      ]);
      const after = await start(project);
      await setTimeout(holdsAfterMs);
      await call(after, 'DELETE', '/pauses/stage');
      const resumedAt = Date.now();
      await look();
      const all = [...long, ...heads, ...behind.flat(), ...alone];
      const ended = await untilAll(all, ({ status }) => isTerminal(status), 'all to end');
      const endedAt = Date.now();
      expectEnds(ended, submitted, resumedAt);
      expect((await jobs()).size).toBe(all.length);
      if (process.env.PAUSED_JOBS)
        console.log(
          `${all.length} jobs: held ${(heldAt - pausedAt) / 1000} s after the pause, all ended ${(endedAt - resumedAt) / 1000} s after the resume`,
        );
    }),
  maxMs + 120_000,
);
