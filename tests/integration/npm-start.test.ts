import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { LiveBundles } from '../../local/lambda/live-bundles.ts';
import { credentials, region } from '../../local/local-aws.ts';
import { findRunningSystem } from '../../local/machine/running-system.ts';
import { type ChildSystem, startChildSystem } from '../../local/system/child-system.ts';
import { portsBeside } from '../listening-sockets.ts';
import { checkTypesOf, deepInFolders, makeProjectCopy, projectDir, sls } from '../project-copy.ts';
import { startTimeoutMs } from '../system/start-system.ts';
import { inTurn } from '../turns.ts';
import { eventually } from './eventually.ts';
import { useHolds } from './holds.ts';
import { sendRaw } from './raw-http.ts';
import { breakInThreads } from './worker-breakpoint.ts';

/** `npm run test:long` makes more. */
const ownSaves = inTurn('saves of npm start', Array(20).fill(0), { core: 4 }).length;
const saves = Number(process.env.SAVES ?? ownSaves);
const maxBundlingMs = 1_500;
const waitMs = 60_000;

const hold = useHolds();
let copy: Awaited<ReturnType<typeof makeProjectCopy>>;
let system: ChildSystem;

beforeAll(async () => {
  copy = await makeProjectCopy([], deepInFolders);
  await checkTypesOf(copy.dir, 'job-types/shared');
  await writeFile(join(copy.dir, 'tests/job-types/counting/uses.ts'), uses);
  process.env.SHOP_KEY = shopKey;
  system = await startChildSystem(AbortSignal.timeout(startTimeoutMs), { project: copy.dir });
});

afterAll(async () => {
  delete process.env.SHOP_KEY;
  await system?.stop();
  await copy.remove();
});

const shopKey = 'a-key-of-the-shop';
const uses = `import { defineUses, secret } from '../../../shared/author/index.ts';
export const uses = defineUses({ variables: { SHOP_KEY: secret('shop/{stage}/key'), OTHER: secret('other') } });
`;
/** @param body what it does with the two secrets */
const handlerWithSecrets = (
  body: string,
): string => `import { settingsOf } from '../../../shared/author/index.ts';
import { uses } from './uses.ts';
const { SHOP_KEY, OTHER } = settingsOf(uses);
export const counting = async () => { ${body} };
`;
const handlerOf = (seconds: number): string =>
  `export const counting = async () => ({ seconds: ${seconds} });\n`;
const broken = 'export const counting = async () => (\n';
const save = (text: string): Promise<void> =>
  writeFile(join(copy.dir, 'tests/job-types/counting/handler.ts'), text);

const job = z.object({
  id: z.string(),
  status: z.string(),
  attempt: z.int(),
  result: z.nullish(z.object({ seconds: z.int() })),
});
type Job = z.infer<typeof job>;
const submitted: string[] = [];

async function submit(headers: Readonly<Record<string, string>> = {}, more: object = {}): Promise<Job> {
  const response = await fetch(`${system.address}/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ type: 'counting', payload: { seconds: 0, ...more } }),
  });
  const accepted = job.parse(await response.json());
  submitted.push(accepted.id);
  return accepted;
}

const statusOf = async (id: string): Promise<Job> =>
  job.parse(await (await fetch(`${system.address}/jobs/${id}`)).json());

/** A busy machine may need longer than the API waits. */
const endOf = (id: string): Promise<Job> =>
  eventually(async () => {
    const found = await statusOf(id);
    return hasEnded(found) ? found : undefined;
  }, `the end of job ${id}`);
const hasEnded = ({ status }: Job): boolean => ['succeeded', 'failed'].includes(status);

const resultOfJob = async (): Promise<number | undefined> => {
  const first = await submit({ prefer: 'wait=5' });
  const { result } = hasEnded(first) ? first : await endOf(first.id);
  return result?.seconds;
};

const untilPrinted = (text: string) =>
  eventually(async () => system.output().includes(text) || undefined, text);

const untilJobsPrint = (text: string) =>
  eventually(async () => {
    await submit({ prefer: 'wait=1' });
    return system.output().includes(text) || undefined;
  }, text);

/** @returns the milliseconds until a job ran what was saved; undefined if none did */
async function untilJobsRun(seconds: number): Promise<number | undefined> {
  const start = Date.now();
  while (Date.now() - start < waitMs) if ((await resultOfJob()) === seconds) return Date.now() - start;
  return undefined;
}

describe('npm start', () => {
  const onEveryAddress = (auth: 'none' | 'apiKey', ...options: readonly string[]) =>
    startChildSystem(AbortSignal.timeout(startTimeoutMs), {
      ...{ project: copy.dir, auth },
      options: ['--host', '0.0.0.0', ...options],
    });

  test('listens to other machines only with keys, or if it is told that anybody may call', async () => {
    const opened = await onEveryAddress('none').catch((error: Error) => error.message);
    if (typeof opened !== 'string') await opened.stop();
    expect(opened).toMatch(/AUTH=apiKey.*--anybody-may-call/);
    const started = await onEveryAddress('none', '--anybody-may-call');
    await started.stop();
    expect(started.output()).toContain('Anybody who reaches this machine may call');
  });

  test('prints one address, which secrets have no value, and then lines about jobs', async () => {
    expect(system.output()).toContain('Secrets without a value: OTHER. A job that reads one fails.');
    const { id } = await submit({ prefer: 'wait=5' });
    const short = id.slice(0, 8);
    await untilPrinted(`counting ${short} succeeded`);
    const lines = system.output().split('\n');
    expect(lines.filter((line) => line.includes(short))).toEqual([
      expect.stringMatching(
        /^\d\d:\d\d:\d\d counting \w{8} started {3}http:\/\/127\.0\.0\.1:\d+\/ui\/jobs\/[\w-]{36}$/,
      ),
      expect.stringMatching(/^\d\d:\d\d:\d\d counting \w{8} succeeded$/),
    ]);
    const ports = new Set(system.output().match(/127\.0\.0\.1:\d+/g));
    expect([...ports]).toEqual([new URL(system.address).host]);
  });

  test('listens on the loopback interface only, and no port knows a name of somebody else', async () => {
    const ports = await portsBeside(Number(new URL(system.address).port));
    // The gateway, SQS, DynamoDB, S3, the scheduler, CloudWatch and SES.
    expect(ports.map(({ address }) => address)).toEqual(Array(7).fill('127.0.0.1'));
    for (const { port } of ports) {
      const request = 'GET /jobs HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n';
      expect([port, (await sendRaw(`http://127.0.0.1:${port}`, request)).status]).toEqual([port, 403]);
    }
  });

  test('keeps the secret of this start where only this user can read it', async () => {
    const { port } = new URL(system.address);
    const { mode } = await stat(join(copy.dir, '.local', `${port}.json`));
    expect(mode & 0o777).toBe(0o600);
    const { worker = {}, dynamoDbEndpoint = '' } = (await findRunningSystem(copy.dir, port)) ?? {};
    const { AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = worker;
    expect(secretAccessKey).toMatch(/^[\w-]{32}$/);
    const operator = { ...credentials, secretAccessKey };
    const client = new DynamoDBClient({ endpoint: dynamoDbEndpoint, region, credentials: operator });
    const { TableNames } = await client.send(new ListTablesCommand({}));
    client.destroy();
    expect(TableNames).toContain('job-worker-local-jobs');
  });

  test('loads its functions after `sls package` in the same folder', async () => {
    await sls(copy.dir, ['package', '--stage', 'staging']);
    // No call has loaded this function before.
    const response = await fetch(`${system.address}/jobs/00000000-0000-4000-8000-000000000000/wait`);
    expect(response.status).toBe(404);
  });

  test(
    'every save takes effect, at whatever moment of a bundling it comes',
    async () => {
      const seen: (number | undefined)[] = [];
      for (let number = 1; number <= saves; number += 1) {
        await save(number % 2 === 0 ? broken : handlerOf(100_000 + number));
        await setTimeout(Math.random() * maxBundlingMs);
        await save(handlerOf(number));
        seen.push(await untilJobsRun(number));
      }
      const times = seen.filter((ms) => ms !== undefined).sort((one, other) => one - other);
      console.log(
        `saves that took effect: ${times.length} of ${saves}; half of them within ${times[times.length >> 1]} ms, all within ${times.at(-1)} ms`,
      );
      expect(times).toHaveLength(saves);
    },
    saves * (waitMs + 5_000),
  );

  test('a save takes effect that comes right after another one of the same file', async () => {
    for (const [index, pauseMs] of [35, 40, 45].entries()) {
      await save(broken);
      await setTimeout(pauseMs);
      await save(handlerOf(200_000 + index));
      expect(await untilJobsRun(200_000 + index)).toBeDefined();
    }
  });

  test('a save takes effect that comes while the code before is still bundled and has an error already', async () => {
    const project = copy.dir;
    const folder = join(project, 'functions/shop');
    const handler = "import { run } from './run.ts';\nimport { large } from 'large';\n";
    const saveRun = (text: string) => writeFile(join(folder, 'run.ts'), `export const run = ${text};\n`);
    await mkdir(join(folder, 'node_modules/large'), { recursive: true });
    // To read this package takes longer than to meet the error.
    await writeFile(
      join(folder, 'node_modules/large/index.js'),
      `export const large = [];\n${'large.push((one) => ({ ...one }));\n'.repeat(100_000)}`,
    );
    await writeFile(join(folder, 'handler.ts'), `${handler}export { large, run };\n`);
    await saveRun('(');
    const said: string[] = [];
    const bundles = new LiveBundles({
      project,
      folder: join(folder, 'out'),
      functions: [{ name: 'shop', handler: 'functions/shop/handler.handler' }],
      conditions: [],
      onNew: () => void said.push('new'),
      environmentOf: () => ({}),
      say: (text) => void said.push(text),
    });
    await expect(bundles.start()).rejects.toThrow('functions/shop/run.ts');
    // By then a bundling that goes on has read the file of before.
    await setTimeout(300);
    await saveRun('() => true');
    await eventually(async () => said[0], 'the next bundling');
    await bundles.stop();
    await rm(folder, { recursive: true });
    expect(said).toContain('new');
    expect(said.join('\n')).not.toContain('not bundled');
  });

  test('functions that are saved together are bundled together, and an error in one keeps no other from its new code', async () => {
    const project = copy.dir;
    const names = ['bakery', 'florist'];
    const folderOf = (name: string) => join(project, 'functions', name);
    const saveOne = (name: string, text: string) => writeFile(join(folderOf(name), 'handler.ts'), text);
    const out = await mkdtemp(join(project, 'out-'));
    for (const name of names) {
      await mkdir(folderOf(name));
      await saveOne(name, `export const handler = () => '${name}, before';\n`);
    }
    const said: string[] = [];
    const say = (text: string) => void said.push(text);
    const functions = names.map((name) => ({ name, handler: `functions/${name}/handler.handler` }));
    const options = { conditions: [], onNew: say, environmentOf: () => ({}), say, slowMs: 1 };
    const bundles = new LiveBundles({ project, folder: out, functions, ...options });
    const newest = async (name: string) => {
      const at = join(out, 'functions', name);
      return readFile(join(at, await readFile(join(at, 'newest'), 'utf8')), 'utf8');
    };
    await bundles.start();
    expect(said.toSorted()).toEqual(names);
    for (const name of names) expect(await newest(name)).toContain(`${name}, before`);
    await Promise.all([
      saveOne('bakery', broken),
      saveOne('florist', "export const handler = () => 'florist, after';\n"),
    ]);
    const line = 'not bundled: bakery. The code before goes on.';
    await eventually(
      async () => (said.includes(line) && said.lastIndexOf('florist') >= names.length) || undefined,
      'the error, and the code of the other one',
    );
    await bundles.stop();
    expect(said.join('\n')).toMatch(/still bundling .*(bakery|florist) after .*: until then the code before/);
    for (const name of names) await rm(folderOf(name), { recursive: true });
    expect(await newest('bakery')).toContain('bakery, before');
    expect(await newest('florist')).toContain('florist, after');
  });

  test('shows where an error is, goes on with the code before, and sees the save that mends it', async () => {
    await save(handlerOf(1));
    expect(await untilJobsRun(1)).toBeDefined();
    await save(broken);
    await untilPrinted('tests/job-types/counting/handler.ts:2:1: Unexpected end of file');
    expect(await resultOfJob()).toBe(1);
    await save(handlerOf(2));
    expect(await untilJobsRun(2)).toBeDefined();
  });

  test('tells of code that cannot be loaded, and goes on with the code before', async () => {
    await save(`${handlerOf(3)}throw new Error('no such setting');\n`);
    // At the save: no job has called it yet.
    await untilPrinted('The function longWorker cannot be loaded: the code before goes on.');
    await untilPrinted('Error: no such setting');
    expect(system.output()).toMatch(/at .*job-types\/counting\/handler\.ts:2:7/);
    expect(await resultOfJob()).toBe(2);
  });

  test('tells of an error of types after a save, which keeps no save from taking effect', async () => {
    const file = join(copy.dir, 'job-types/shared/wrong.ts');
    await writeFile(file, "export const wrong: number = 'a text';\n");
    await untilPrinted('job-types/shared/wrong.ts(1,14): error TS2322');
    await rm(file);
    await save(handlerOf(77));
    expect(await untilJobsRun(77)).toBeDefined();
  });

  test('a job that runs goes on in the code that it has begun with', async () => {
    const { heldBy, release } = hold();
    await save(await readFile(join(projectDir, 'tests/job-types/counting/handler.ts'), 'utf8'));
    // The code before has another result for a job that counts nothing.
    expect(await untilJobsRun(0)).toBeDefined();
    const slow = await submit({}, { seconds: 1, heldBy });
    const isRunning = async () => (await statusOf(slow.id)).status === 'running' || undefined;
    await eventually(isRunning, 'a job that runs in the new code');
    await save(handlerOf(4));
    expect(await untilJobsRun(4)).toBeDefined();
    await release();
    expect((await endOf(slow.id)).result).toEqual({ seconds: 1 });
  });

  test('no job is lost by a save', async () => {
    const ends = await Promise.all(submitted.map(endOf));
    expect(new Set(ends.map(({ status }) => status))).toEqual(new Set(['succeeded']));
  });

  test('a secret is what the environment has under the name of its variable, and no line shows it', async () => {
    await save(handlerWithSecrets('return { seconds: (await SHOP_KEY.read()).length };'));
    expect(await untilJobsRun(shopKey.length)).toBeDefined();
    await save(handlerWithSecrets("throw new Error((await SHOP_KEY.read()) + ' was refused');"));
    await untilJobsPrint('[secret] was refused');
    await save(handlerWithSecrets('return { seconds: (await OTHER.read()).length };'));
    await untilJobsPrint('the secret OTHER has no value here. Set the variable OTHER');
    expect(system.output()).not.toContain(shopKey);
  });

  test('--inspect lets a debugger stand at a line of a handler, for longer than the lease and the times of other starts', async () => {
    const [file, contract] = ['handler', 'contract'].map((name) =>
      join(copy.dir, `tests/job-types/counting/${name}.ts`),
    ) as [string, string];
    const declared = await readFile(contract, 'utf8');
    await writeFile(
      contract,
      declared.replace('timeoutSeconds: maxTimeoutSeconds.long', 'timeoutSeconds: 5'),
    );
    await save(
      'export const counting = async (_, job) => {\n  const twice = 2 * 21;\n  await job.pause(0.2);\n  return { seconds: twice };\n};\n',
    );
    const debugged = await startChildSystem(AbortSignal.timeout(startTimeoutMs), {
      project: copy.dir,
      options: ['--inspect=127.0.0.1:0'],
      longWorkerTimeout: 9,
    });
    try {
      const address = await eventually(
        async () => /ws:\/\/127\.0\.0\.1:\d+\/[\w-]+/.exec(debugged.output())?.[0],
        'the address of the debugger',
      );
      const there = await breakInThreads(address, { file, line: 3 });
      const run = async () => {
        const response = await fetch(`${debugged.address}/jobs`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', prefer: 'wait=2' },
          body: JSON.stringify({ type: 'counting', payload: { seconds: 0 } }),
        });
        return job.parse(await response.json());
      };
      // A thread that has just started may have passed the line before the debugger knew of it.
      let stood: unknown;
      const value = there.evaluateThere('twice').then((seen) => {
        stood = seen;
      });
      let last = await run();
      await eventually(async () => {
        if (stood === undefined && hasEnded(last)) last = await run();
        return stood;
      }, 'a thread to stand at the line');
      await value;
      expect(stood).toBe(42);
      const ended = await eventually(async () => {
        const found = job.parse(await (await fetch(`${debugged.address}/jobs/${last.id}`)).json());
        return hasEnded(found) ? found : undefined;
      }, 'the end of the job that stood');
      expect(ended).toMatchObject({ status: 'succeeded', attempt: 1, result: { seconds: 42 } });
      there.close();
    } finally {
      await debugged.stop();
      await writeFile(contract, declared);
    }
  });

  test('removes its bundles when it stops', async () => {
    const bundles = async () =>
      (await readdir(join(copy.dir, '.local'))).filter((name) => /^\d+$/.test(name));
    expect(await bundles()).toHaveLength(1);
    await system.stop();
    expect(await bundles()).toEqual([]);
  });
});
