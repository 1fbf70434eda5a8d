import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ListQueuesCommand, PurgeQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { type Emulators, startEmulators } from '../../local/emulators/emulators.ts';
import { credentials, region } from '../../local/local-aws.ts';
import { queueNames } from '../../shared/domain/state/ports.ts';
import { jobResponse } from '../../shared/http/responses/job-response.ts';
import { withProjectCopy } from '../project-copy.ts';
import { startLocalSystem } from '../system/start-system.ts';
import { eventually } from './eventually.ts';
import { useHolds } from './holds.ts';
import { runJobctl } from './jobctl-command.ts';

type System = Awaited<ReturnType<typeof startLocalSystem>>;

/** What the newer build has: version 3, for jobs with this tag. */
const newFeature = 'new';
const leaseSeconds = 5;

async function edit(path: string, from: string, to: string): Promise<void> {
  const source = await readFile(path, 'utf8');
  expect(source).toContain(from);
  await writeFile(path, source.replace(from, to));
}

async function makeNewer(project: string): Promise<void> {
  await edit(join(project, 'shared/domain/base/version.ts'), 'currentVersion = 2', 'currentVersion = 3');
  await edit(
    join(project, 'shared/operations/submit/submit-job.ts'),
    'version: versionOf(deps.contracts, submission.type)',
    `version: submission.tags?.includes('${newFeature}') ? 3 : versionOf(deps.contracts, submission.type)`,
  );
}

const call = async ({ address }: System, path: string, body?: object) => {
  const headers = { 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(`${address}${path}`, sent);
  return { status: response.status, text: await response.text() };
};
const submit = async (system: System, seconds: number, more: object = {}): Promise<string> => {
  const { status, text } = await call(system, '/jobs', { type: 'counting', payload: { seconds }, ...more });
  expect([status, text]).toEqual([202, text]);
  return jobResponse.parse(JSON.parse(text)).id;
};
const reaches = (system: System, id: string, wanted: string, timeoutMs?: number) =>
  eventually(
    async () => {
      const { status, text } = await call(system, `/jobs/${id}`);
      const job = status === 200 ? jobResponse.parse(JSON.parse(text)) : undefined;
      return job?.status === wanted ? job : undefined;
    },
    `${id} to be ${wanted}`,
    timeoutMs,
  );

const hold = useHolds();

test('two builds in turns on one folder: each goes on with what both can read, and only newer code with the rest', () =>
  withProjectCopy(async (project) => {
    await makeNewer(project);
    const dataDir = join(project, 'data');
    const options = { dataDir, leaseSeconds };
    const systems: System[] = [];
    const start = async (build: { readonly project?: string }): Promise<System> => {
      const system = await startLocalSystem({ ...options, ...build });
      systems.push(system);
      return system;
    };
    try {
      const newer = await start({ project });
      const plain = await submit(newer, 0, { delaySeconds: 4, tags: ['plain'] });
      const special = await submit(newer, 0, { delaySeconds: 4, tags: [newFeature] });
      const after = await submit(newer, 0, { dependsOn: [special, plain] });
      const { heldBy, release } = hold();
      const cut = await submit(newer, 1, { payload: { seconds: 1, heldBy } });
      await reaches(newer, cut, 'running');
      await newer.stop();
      await release();

      const older = await start({});
      await Promise.all([reaches(older, plain, 'succeeded'), reaches(older, cut, 'succeeded')]);
      expect((await call(older, `/jobs/${special}`)).status).toBe(503);
      expect((await call(older, '/jobs')).text).toContain(`"newer":[{"id":"${special}","version":3}]`);
      expect(await call(older, '/ui')).toMatchObject({ status: 200, text: expect.stringContaining(special) });
      const back = await submit(older, 0, { delaySeconds: 4 });
      await older.stop();

      const again = await start({ project });
      await Promise.all([special, after, back].map((id) => reaches(again, id, 'succeeded')));
      expect((await call(again, '/jobs')).text).not.toContain('"newer"');
    } finally {
      await Promise.all(systems.map((system) => system.stop()));
    }
  }));

const stuckJobs = z.array(z.object({ id: z.string() }));

/** What was sent or written less than half a minute before a purge may have come after it. */
const unsureMs = 31_000;

/** A system on a folder, whose emulators can be reached, and stopped apart from it. */
class OnFolder {
  readonly #dataDir: string;
  #emulators: Emulators | undefined;
  #system: System | undefined;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  get table(): string {
    return join(this.#dataDir, 'dynamodb');
  }

  async start(more: { readonly keepPayload?: 'always' } = {}): Promise<System> {
    this.#emulators = await startEmulators({ dataDir: this.#dataDir });
    this.#system = await startLocalSystem({ endpoints: this.#emulators, leaseSeconds, ...more });
    return this.#system;
  }

  /** Its workers die. What it stored stays. */
  async kill(): Promise<void> {
    await this.#system?.kill();
    await this.#emulators?.stop();
    this.#system = undefined;
    this.#emulators = undefined;
  }

  /** Somebody empties all queues while nothing runs. @returns when */
  async purge(): Promise<string> {
    const { sqsEndpoint, stop } = await startEmulators({ dataDir: this.#dataDir });
    const sqs = new SQSClient({ endpoint: sqsEndpoint, region, credentials });
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand());
    for (const QueueUrl of QueueUrls) await sqs.send(new PurgeQueueCommand({ QueueUrl }));
    sqs.destroy();
    await stop();
    return new Date().toISOString();
  }
}

/** Has the operator say when all queues were empty. @returns the jobs that it names */
async function seeToStuck({ address }: System, purgedAt: string): Promise<readonly string[]> {
  const queues = queueNames.flatMap((name) => ['--queue', name]);
  const { code, out, err } = await runJobctl(['stuck', ...queues, '--purged-at', purgedAt, '--json'], {
    env: { JOB_URL: address },
  });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return stuckJobs.parse(JSON.parse(out)).map(({ id }) => id);
}

async function withFolder(use: (folder: OnFolder) => Promise<void>): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'jobs-'));
  const folder = new OnFolder(dataDir);
  try {
    await use(folder);
  } finally {
    await folder.kill();
    await rm(dataDir, { recursive: true, force: true });
  }
}

const lost = { error: { name: 'MessageLostError' } };

test.concurrent('all queues are emptied: an operator says when, and each job is sent again, or ends', () =>
  withFolder(async (folder) => {
    const before = await folder.start();
    const running = await submit(before, 300);
    const delayed = await submit(before, 0, { delaySeconds: 600 });
    const holder = await submit(before, 300, { group: 'g' });
    const behind = await submit(before, 0, { group: 'g' });
    const after = await submit(before, 0, { dependsOn: [delayed] });
    const asleep = await submit(before, 0, { type: 'booking', payload: { seats: 1, waitSeconds: 60 } });
    await Promise.all([running, holder].map((id) => reaches(before, id, 'running')));
    await Promise.all([after, asleep].map((id) => reaches(before, id, 'waiting')));
    await folder.kill();
    await setTimeout(unsureMs);
    const purgedAt = await folder.purge();

    const system = await folder.start();
    expect([...(await seeToStuck(system, purgedAt))].sort()).toEqual([delayed, behind, asleep].sort());
    for (const id of [delayed, behind]) expect(await reaches(system, id, 'failed')).toMatchObject(lost);
    // Their leases count for a minute longer.
    const seenTo = new Set<string>();
    await eventually(async () => {
      for (const id of await seeToStuck(system, purgedAt)) seenTo.add(id);
      return [running, holder].every((id) => seenTo.has(id)) || undefined;
    }, 'the leases to be over');
    for (const id of [running, holder]) expect(await reaches(system, id, 'failed')).toMatchObject(lost);
    expect(await reaches(system, after, 'failed')).toMatchObject({ error: { name: 'DependencyError' } });
    const { history } = await reaches(system, asleep, 'succeeded');
    expect(history.filter(({ event }) => event === 'succeeded')).toHaveLength(1);
    expect(await seeToStuck(system, new Date().toISOString())).toEqual([]);
  }));

test.concurrent('all queues are emptied where each payload is kept: 0 jobs are lost', () =>
  withFolder(async (folder) => {
    const keepPayload = 'always';
    const before = await folder.start({ keepPayload });
    const { heldBy, release } = hold();
    const held = { payload: { seconds: 1, heldBy } };
    const running = await submit(before, 1, held);
    const delayed = await submit(before, 0, { delaySeconds: 60 });
    const csv = `a\n${'1\n'.repeat(4_000)}`;
    const payload = { csv, groupBy: 'a', metrics: [{ column: 'a', op: 'sum' }] };
    const large = await submit(before, 0, { type: 'csv-sums', payload, delaySeconds: 60 });
    const after = await submit(before, 0, { dependsOn: [delayed] });
    await reaches(before, running, 'running');
    await reaches(before, after, 'waiting');
    await folder.kill();
    await release();
    await setTimeout(unsureMs);
    const purgedAt = await folder.purge();

    const system = await folder.start({ keepPayload });
    const seenTo = new Set<string>();
    await eventually(async () => {
      for (const id of await seeToStuck(system, purgedAt)) seenTo.add(id);
      return seenTo.has(running) || undefined;
    }, 'the lease to be over');
    expect([...seenTo].sort()).toEqual([running, delayed, large].sort());
    for (const id of [running, delayed, large, after]) {
      const { history } = await reaches(system, id, 'succeeded');
      expect(history.filter(({ event }) => event === 'succeeded')).toHaveLength(1);
    }
  }));

test.concurrent('a table of before meets the queues of now: a cancel or an operator ends each job, and none runs twice', () =>
  withFolder(async (folder) => {
    const before = await folder.start();
    const { heldBy, release } = hold();
    const held = { payload: { seconds: 1, heldBy } };
    const [canceled, running] = [await submit(before, 1, held), await submit(before, 1, held)];
    // Two are due after the first kill, and one after the second, on a slow machine, too.
    const queued = await submit(before, 0, { delaySeconds: 30 });
    const delayed = await submit(before, 0, { delaySeconds: 30 });
    const still = await submit(before, 0, { delaySeconds: 110 });
    const after = await submit(before, 0, { dependsOn: [running] });
    await Promise.all([canceled, running].map((id) => reaches(before, id, 'running')));
    await reaches(before, after, 'waiting');
    await folder.kill();
    await release();
    const copiedAt = Date.now();
    const copy = `${folder.table}-copy`;
    await cp(folder.table, copy, { recursive: true });

    const since = await folder.start();
    const all = [canceled, running, queued, delayed, after];
    await Promise.all(all.map((id) => reaches(since, id, 'succeeded')));
    await folder.kill();
    await rm(folder.table, { recursive: true });
    await cp(copy, folder.table, { recursive: true });

    const system = await folder.start();
    const cancel = (id: string) => call(system, `/jobs/${id}/cancel`, {});
    expect((await cancel(canceled)).status).toBe(202);
    for (const id of [delayed, after]) {
      expect((await cancel(id)).status).toBeLessThan(203);
      await reaches(system, id, 'canceled');
    }
    // A queue has its message: it runs, once.
    await reaches(system, still, 'succeeded', 150_000);
    await setTimeout(Math.max(0, copiedAt + unsureMs - Date.now()));
    const seenTo = await seeToStuck(system, new Date().toISOString());
    expect([...seenTo].sort()).toEqual(expect.arrayContaining([running, queued].sort()));
    for (const id of [running, queued]) expect(await reaches(system, id, 'failed')).toMatchObject(lost);
    // Within a lease and two minutes.
    await reaches(system, canceled, 'canceled', 150_000);
    for (const id of all) {
      const { history } = jobResponse.parse(JSON.parse((await call(system, `/jobs/${id}`)).text));
      expect(history.filter(({ event }) => event === 'started').length).toBeLessThanOrEqual(1);
    }
    expect(await seeToStuck(system, new Date().toISOString())).toEqual([]);
  }));
