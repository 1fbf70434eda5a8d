import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, expect, test } from '@jest/globals';
import { type Emulators, startEmulators } from '../../local/emulators/emulators.ts';
import { credentials, region } from '../../local/local-aws.ts';
import type { ChildSystem } from '../../local/system/child-system.ts';
import { dynamoDbJobStore } from '../../shared/aws/records/job-store.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { jobTable } from '../../shared/aws/uses/capabilities.ts';
import { readEnvironment } from '../../shared/aws/uses/environment.ts';
import { batchIdOf, childIdOf, shardsOf } from '../../shared/domain/children/batch.ts';
import { batchesIn } from '../../shared/domain/children/batches.ts';
import { childJob } from '../../shared/http/responses/children-response.ts';
import { type JobResponse, jobResponse } from '../../shared/http/responses/job-response.ts';
import { withProjectCopy } from '../project-copy.ts';
import { startLocalSystem } from '../system/start-system.ts';
import { eventually } from './eventually.ts';
import { useHolds } from './holds.ts';
import { readJob } from './killed-system.ts';
import { killServers, startServer } from './server-process.ts';

/** `npm run test:long` sets more. */
const count = Number(process.env.CHILDREN ?? 200);
const longCount = 24;
const leaseSeconds = 5;
const timeoutMs = 60_000 + 200 * count;

/** A system whose table can be read beside it. All of it is killed at once: then no message stays invisible for minutes. */
class OnFolder {
  readonly #dataDir: string;
  #emulators: Emulators | undefined;
  #dynamoDb: DynamoDBClient | undefined;
  #system: ChildSystem | undefined;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  get dynamoDb(): DynamoDBClient {
    if (this.#dynamoDb) return this.#dynamoDb;
    throw new Error('the system does not run');
  }

  async start(project?: string): Promise<ChildSystem> {
    this.#emulators = await startEmulators({ dataDir: this.#dataDir });
    const { dynamoDbEndpoint: endpoint } = this.#emulators;
    this.#dynamoDb = new DynamoDBClient({ endpoint, region, credentials });
    const options = { endpoints: this.#emulators, leaseSeconds };
    this.#system = await startLocalSystem({ ...options, ...(project ? { project } : {}) });
    return this.#system;
  }

  async kill(): Promise<void> {
    await this.#system?.kill();
    this.#dynamoDb?.destroy();
    this.#dynamoDb = undefined;
    await this.#emulators?.stop();
    this.#system = undefined;
    this.#emulators = undefined;
  }
}

const hold = useHolds();
const dataDir = await mkdtemp(join(tmpdir(), 'children-'));
const onFolder = new OnFolder(dataDir);
afterAll(async () => {
  await killServers();
  await onFolder.kill();
  await rm(dataDir, { recursive: true });
});

async function submit({ address }: ChildSystem, payload: object): Promise<string> {
  const response = await fetch(`${address}/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'contact-sheet', payload }),
  });
  return jobResponse.parse(await response.json()).id;
}

const reaches = (system: ChildSystem, id: string, status: JobResponse['status']) =>
  eventually(
    async () => {
      const job = await readJob(system, id);
      return job.status === status ? job : undefined;
    },
    `${id} to be ${status}`,
    timeoutMs,
  );

/** What the table has of the children of a job. */
async function childrenOf(parent: string) {
  const { dynamoDb } = onFolder;
  const { TableNames = [] } = await dynamoDb.send(new ListTablesCommand());
  const TABLE_NAME = TableNames.find((name) => name.endsWith('jobs'));
  const table = readEnvironment({ jobTable }, { TABLE_NAME });
  const batches = batchesIn(dynamoDbRecords(dynamoDb, table));
  const root = await batches.read(batchIdOf(parent, 'children'));
  if (!root) throw new Error(`${parent} has no children`);
  const shards = await batches.shards(root.batch, root.round, shardsOf(root));
  const store = dynamoDbJobStore(dynamoDb, table);
  return {
    ended: shards.flatMap(({ ended = new Set<string>() }) => [...ended].map(Number)),
    items: () =>
      Promise.all(Array.from({ length: root.count }, (_, index) => store.read(childIdOf(root, index)))),
  };
}

const untilEnded = (parent: string, least: number) =>
  eventually(
    async () => (await childrenOf(parent)).ended.length >= least || undefined,
    `${least} children to end`,
    timeoutMs,
  );

async function expectEachOnce(parent: string, expected: number): Promise<void> {
  const { ended, items } = await childrenOf(parent);
  expect(ended.toSorted((one, other) => one - other)).toEqual(
    Array.from({ length: expected }, (_, at) => at),
  );
  for (const item of await items()) {
    expect(item).toMatchObject({ status: 'succeeded', parent: { id: parent } });
    expect(item?.history.filter(({ event }) => event === 'succeeded')).toHaveLength(1);
  }
}

/** Of a job that has succeeded. */
async function expectOneChild({ address }: ChildSystem, parent: string): Promise<void> {
  const at = `${address}/jobs/${parent}/children/children`;
  const child = childJob.parse(await (await fetch(`${at}/3`)).json());
  expect(child).toMatchObject({ status: 'succeeded', parent: { id: parent, index: 3 } });
  const post = async (path: string) => (await fetch(at + path, { method: 'POST' })).status;
  expect((await fetch(`${at}/${count}`)).status).toBe(404);
  expect([await post('/3/cancel'), await post('/retry')]).toEqual([409, 409]);
}

/** The last of eight does not end by itself. */
async function cancelsOneChild(system: ChildSystem): Promise<void> {
  const { heldBy } = hold();
  const parent = await submit(system, { count: 8, type: 'counting', heldBy });
  await reaches(system, parent, 'waiting');
  const at = `${system.address}/jobs/${parent}/children/children`;
  const canceled = await fetch(`${at}/7/cancel`, { method: 'POST' });
  expect([200, 202]).toContain(canceled.status);
  // Its batch counts on all, and so does its parent.
  await reaches(system, parent, 'failed');
  expect(await (await fetch(`${at}/7`)).json()).toMatchObject({ status: 'canceled', parent: { index: 7 } });
}

async function makeNewer(project: string): Promise<void> {
  const path = join(project, 'tests/job-types/contact-sheet/handler.ts');
  const source = await readFile(path, 'utf8');
  await writeFile(path, source.replace("const build = 'first'", "const build = 'second'"));
}

test(
  `${count} children of one job, and ${longCount} of another on two servers too, each count once although all processes are killed twice; newer code goes on with both jobs`,
  () =>
    withProjectCopy(async (project) => {
      const first = await onFolder.start();
      const short = await submit(first, { count });
      await reaches(first, short, 'waiting');
      await untilEnded(short, count / 10);
      await onFolder.kill();

      const second = await onFolder.start();
      const options = ['--queues', 'standard,long', '--concurrency', '4'];
      const servers = await Promise.all([startServer(second, options), startServer(second, options)]);
      const { heldBy, release } = hold();
      const long = await submit(second, { count: longCount, type: 'counting', heldBy });
      await reaches(second, long, 'waiting');
      await Promise.all([untilEnded(long, longCount / 4), untilEnded(short, count / 2)]);
      await Promise.all([onFolder.kill(), ...servers.map((server) => server.end('SIGKILL'))]);
      const killedAt = Date.now();
      await release();

      await makeNewer(project);
      const newer = await onFolder.start(project);
      const atStart = await Promise.all([short, long].map((id) => readJob(newer, id)));
      const [ofShort, ofLong] = await Promise.all([short, long].map((id) => reaches(newer, id, 'succeeded')));
      expect(ofShort?.result).toMatchObject({ count, sum: (count * (count - 1)) / 2 });
      expect(ofLong?.result).toMatchObject({ count: longCount, sum: (longCount / 4) * 6 });
      await expectEachOnce(short, count);
      await expectEachOnce(long, longCount);
      // The kill has left something to do for newer code, and each of the jobs was started once for it, after all. A kill may
      // have cut a start before.
      const goneOnWith = [ofShort, ofLong].flatMap((job, at) =>
        job && !atStart[at]?.finishedAt ? [job] : [],
      );
      for (const { history, result } of goneOnWith) {
        const started = history.filter(({ event, at }) => event === 'started' && Date.parse(at) <= killedAt);
        expect({ history, result }).toMatchObject({ result: { starts: started.length, build: 'second' } });
      }
      expect(goneOnWith.length).toBeGreaterThan(0);
      await expectOneChild(newer, short);
      await cancelsOneChild(newer);
    }),
  2 * timeoutMs + 120_000,
);
