import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Emulators, startEmulators } from '../../local/emulators/emulators.ts';
import { credentials, region } from '../../local/local-aws.ts';
import type { ChildSystem } from '../../local/system/child-system.ts';
import { wakePaused } from '../../shared/admission/wake-paused.ts';
import { systemClock } from '../../shared/aws/clients/clients.ts';
import { sqsPointerQueue } from '../../shared/aws/queues/pointer-queue.ts';
import { fromAttributes } from '../../shared/aws/records/attribute-value.ts';
import { dynamoDbDueList } from '../../shared/aws/records/due-list.ts';
import { dynamoDbJobStore } from '../../shared/aws/records/job-store.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { type JobItem, jobItem } from '../../shared/domain/state/job/item.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import { pausesIn } from '../../shared/domain/state/limits/pauses.ts';
import { submitAllResponse } from '../../shared/http/responses/submit-all-response.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { environmentOn } from '../local-aws.ts';
import { withProjectCopy } from '../project-copy.ts';
import { startLocalSystem } from '../system/start-system.ts';
import { eventually } from './eventually.ts';
import { startWireProxy, type WireProxy } from './wire-proxy.ts';

/** So many wait when the stage is paused. `npm run test:long` has 1,000, while 50 others run. */
const queued = Number(process.env.PAUSED_JOBS ?? 40);
const isLarge = queued >= 1_000;
const running = isLarge ? 50 : 10;
/** Ten jobs run in an invocation. There are more places than jobs that must run: not every batch is full. */
const invocations = isLarge ? 10 : 2;
/** More than there are places. Those that have not started are queued. */
const long = 15 * invocations;
const runSeconds = 30;
const groups = 2;
const inEachGroup = 10;
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
    // The local system makes four invocations at a time at most.
    edit(join(project, 'local/system/require-stage.ts'), [
      'maxConcurrency = 4',
      `maxConcurrency = ${invocations}`,
    ]),
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
  const ask = async () => {
    const response = await fetch(`${address}${path}`, { method, ...body });
    const text = await response.text();
    // On a busy machine the emulators may be slow. A pause and its end are asked for again.
    if (response.status === 503 && path.startsWith('/pauses')) return undefined;
    expect([response.status, text]).toEqual([200, text]);
    return text;
  };
  return eventually(ask, `an answer of ${path}`);
}

/** In their order, a hundred at a time. @returns their ids */
async function submit(system: ChildSystem, jobs: readonly object[]): Promise<string[]> {
  const ids: string[] = [];
  for (let from = 0; from < jobs.length; from += 100) {
    const sent = { jobs: jobs.slice(from, from + 100) };
    const { items } = submitAllResponse.parse(JSON.parse(await call(system, 'POST', '/jobs/batch', sent)));
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
    pauses: pausesIn(dynamoDbRecords(client, names)),
    pointers: sqsPointerQueue(sqs, names),
    clock: systemClock,
    log: recordedLog(),
  });
}

const isHeld = ({ status, paused, updatedAt }: JobItem): boolean =>
  status === 'waiting' && paused?.at === updatedAt;

interface Submitted {
  readonly alone: readonly string[];
  /** The first one of each group runs long. */
  readonly inGroups: readonly (readonly string[])[];
}

/** While nothing is received, so that those come first that run long. */
async function submitAll(system: ChildSystem): Promise<Submitted> {
  const alone = await submit(system, Array(long).fill(aJob(runSeconds)));
  const inGroups: string[][] = [];
  for (let group = 0; group < groups; group += 1) {
    const name = `group ${group}`;
    const behind = Array(inEachGroup - 1).fill(aJob(0, name));
    inGroups.push(await submit(system, [aJob(headSeconds, name), ...behind]));
  }
  const short = queued - groups * (inEachGroup - 1);
  return { alone: [...alone, ...(await submit(system, Array(short).fill(aJob(0))))], inGroups };
}

const headsOf = ({ inGroups }: Submitted): readonly string[] => inGroups.flatMap(([head = '']) => head);

/** @returns how many run, once they are enough, and each group has begun */
const untilEnoughRun = (submitted: Submitted): Promise<number> =>
  eventually(
    async () => {
      const found = await jobs();
      const count = [...found.values()].filter(({ status }) => status === 'running').length;
      const haveBegun = headsOf(submitted).every((id) => found.get(id)?.startedAt !== undefined);
      return count >= running + groups && haveBegun ? count : undefined;
    },
    `${running} jobs to run`,
    maxMs,
  );

/** On a busy machine a job may need another attempt. Each has started, and none is one that a pause has used. */
function expectNoneUsed({ attempt, history }: JobItem): void {
  expect(attempt).toBeLessThanOrEqual(history.filter(({ event }) => event === 'started').length);
}

/** What the pause does, until nothing runs any more. @returns how many jobs are held */
async function expectHeld({ alone, inGroups }: Submitted, pausedAt: number): Promise<number> {
  const isAtRest = (job: JobItem) => isTerminal(job.status) || isHeld(job);
  const found = await untilAll([...alone, ...headsOf({ alone, inGroups })], isAtRest, 'nothing to run');
  for (const job of found) {
    const { status, startedAt = 0 } = job;
    expectNoneUsed(job);
    expect(status).toBe(isTerminal(status) ? 'succeeded' : 'waiting');
    expect(startedAt).toBeLessThanOrEqual(pausedAt + holdsAfterMs);
  }
  // The heads of the groups were handed over.
  for (const { slices = 0 } of found.slice(alone.length)) expect(slices).toBeGreaterThanOrEqual(1);
  const all = await jobs();
  expect([...all.values()].filter(({ status }) => status === 'running')).toEqual([]);
  return [...all.values()].filter((job) => !isTerminal(job.status)).length;
}

function expectOrder(jobsOfGroup: readonly (JobItem | undefined)[]): void {
  for (const [at, job] of jobsOfGroup.entries())
    expect(job?.startedAt).toBeGreaterThanOrEqual(jobsOfGroup[at - 1]?.finishedAt ?? 0);
}

interface Times {
  readonly pausedAt: number;
  readonly resumedAt: number;
}

function expectEnds(ended: readonly JobItem[], { inGroups }: Submitted, times: Times): void {
  for (const job of ended) {
    const { status, history, startedAt = 0 } = job;
    expectNoneUsed(job);
    expect(status).toBe('succeeded');
    expect(history.filter(({ event }) => event === 'succeeded')).toHaveLength(1);
    const isIn = startedAt > times.pausedAt + holdsAfterMs && startedAt < times.resumedAt;
    expect(isIn).toBe(false);
  }
  const ofId = new Map(ended.map((job) => [job.id, job]));
  for (const ids of inGroups) expectOrder(ids.map((id) => ofId.get(id)));
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
      receives = true;
      const runningThen = await untilEnoughRun(submitted);
      await call(before, 'POST', '/pauses', { name: 'stage', why: 'a deployment' });
      const pausedAt = Date.now();
      const held = await expectHeld(submitted, pausedAt);
      expect(held).toBeGreaterThanOrEqual(queued);
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
      const all = [...submitted.alone, ...submitted.inGroups.flat()];
      const ended = await untilAll(all, ({ status }) => isTerminal(status), 'all to end');
      const endedAt = Date.now();
      expectEnds(ended, submitted, { pausedAt, resumedAt });
      expect((await jobs()).size).toBe(all.length);
      if (process.env.PAUSED_JOBS)
        console.log(
          `${all.length} jobs, of which ${runningThen} ran, ${ended.filter(({ attempt }) => attempt === 1).length} in one attempt: ${held} held ${(heldAt - pausedAt) / 1000} s after the pause, all ended ${(endedAt - resumedAt) / 1000} s after the resume`,
        );
    }),
  maxMs + 120_000,
);
