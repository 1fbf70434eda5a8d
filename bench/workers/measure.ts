import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as z from 'zod/mini';
import { freePort } from '../../local/free-port.ts';
import { credentials, region } from '../../local/local-aws.ts';

/**
 * Compares the CPU time per job that does nothing: of a worker server, of the Lambda path, of a loop by hand, of BullMQ and
 * of pg-boss. Each runs in a process of its own, in turn, and in several rounds. Needs Debian's redis-server and postgresql.
 */
const { values } = parseArgs({
  options: { jobs: { type: 'string', default: '2000' }, rounds: { type: 'string', default: '3' } },
});
const contenders = ['bare-loop', 'lambda-path', 'server-loop', 'bullmq', 'pg-boss'];
const fileOf = (name: string): string => fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
const started: ChildProcess[] = [];
const endpointsSchema = z.object({
  sqsEndpoint: z.string(),
  dynamoDbEndpoint: z.string(),
  s3Endpoint: z.string(),
});
/** What `measure` prints. */
const figures = z.object({ microseconds: z.number() });

async function startEmulators(): Promise<Record<string, string>> {
  const env = { ...process.env, LOCAL_AWS_SECRET: credentials.secretAccessKey };
  const child = fork(fileOf('emulators'), { env });
  started.push(child);
  const [message]: unknown[] = await once(child, 'message');
  const endpoints = endpointsSchema.parse(message);
  return {
    AWS_ENDPOINT_URL_SQS: endpoints.sqsEndpoint,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamoDbEndpoint,
    AWS_ENDPOINT_URL_S3: endpoints.s3Endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}

async function startRedis(): Promise<number> {
  const port = await freePort();
  started.push(
    spawn(
      'redis-server',
      [
        '--port',
        String(port),
        '--save',
        '',
        '--appendonly',
        'yes',
        '--dir',
        mkdtempSync(join(tmpdir(), 'redis-')),
      ],
      { stdio: 'ignore' },
    ),
  );
  return port;
}

/** Postgres does not run as root. */
async function startPostgres(): Promise<number> {
  const port = await freePort();
  const bin = join('/usr/lib/postgresql', readdirSync('/usr/lib/postgresql').at(-1) ?? '', 'bin');
  const dir = mkdtempSync(join(tmpdir(), 'postgres-'));
  const uid = Number(execFileSync('id', ['-u', 'postgres']));
  const gid = Number(execFileSync('id', ['-g', 'postgres']));
  chownSync(dir, uid, gid);
  const as = { uid, gid, cwd: dir };
  execFileSync(join(bin, 'initdb'), ['-D', join(dir, 'data'), '-A', 'trust'], as);
  started.push(
    spawn(join(bin, 'postgres'), ['-D', join(dir, 'data'), '-p', String(port), '-k', dir], {
      ...as,
      stdio: 'ignore',
    }),
  );
  return port;
}

async function microsecondsOf(name: string, environment: Record<string, string>): Promise<number> {
  const child = spawn(process.execPath, [fileOf(name)], {
    env: { ...process.env, ...environment, JOBS: values.jobs },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await once(child, 'exit');
  return figures.parse(JSON.parse(output.trim().split('\n').at(-1) ?? '')).microseconds;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0;

const measured = new Map<string, number[]>();
try {
  const environment = {
    ...(await startEmulators()),
    REDIS_PORT: String(await startRedis()),
    POSTGRES_PORT: String(await startPostgres()),
  };
  await setTimeout(3_000);
  for (let round = 0; round < Number(values.rounds); round += 1)
    for (const name of contenders)
      measured.set(name, [...(measured.get(name) ?? []), await microsecondsOf(name, environment)]);
} finally {
  for (const child of started) child.kill();
}
const base = median(measured.get('bare-loop') ?? []);
console.log('| contender | CPU per job | of the loop by hand |\n|---|---|---|');
for (const [name, all] of measured)
  console.log(`| ${name} | ${median(all)} µs | ${(median(all) / base).toFixed(1)} |`);
process.exit(0);
