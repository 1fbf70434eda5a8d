import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import dockerfilelint from 'dockerfilelint';
import * as z from 'zod/mini';
import { credentials, region } from '../../local/local-aws.ts';
import { freePort } from '../../local/machine/free-port.ts';
import { dynamoDbJobStore } from '../../shared/aws/records/job-store.ts';
import { type JobMessage, writeMessage } from '../../shared/domain/state/job/message.ts';
import { eventually } from '../integration/eventually.ts';
import { type LocalAws, type LocalQueue, startLocalAws } from '../local-aws.ts';
import { projectDir } from '../project-copy.ts';
import { aMessage, anId, jobId } from '../set-ups/samples.ts';
import { canContain, startContained } from './image/contained.ts';
import {
  copiedBy,
  dockerfileText,
  lastArgsOf,
  stageNamed,
  stagesOf,
  variablesOf,
} from './image/dockerfile.ts';
import { leftIn, makeLayout } from './image/layout.ts';

const words = (json: string): readonly string[] => z.array(z.string()).parse(JSON.parse(json));
const worker = stageNamed('worker');
/** How Docker puts a digest behind a tag, if there is one. */
const digest = /\$\{NODE_DIGEST:\+@\$NODE_DIGEST\}$/;

describe('the Dockerfile', () => {
  test('has no fault that the linter knows, except that it takes a stage for an image without a tag', () => {
    const names = stagesOf(dockerfileText()).map(({ name }) => name);
    const lines = dockerfileText().split('\n');
    const faults = dockerfilelint.run(projectDir, dockerfileText()).filter(({ rule, line }) => {
      const [, base = ''] = /^FROM (\S+)/.exec(lines[line - 1] ?? '') ?? [];
      return !(rule === 'missing_tag' && names.includes(base));
    });
    expect(faults).toEqual([]);
  });

  test('has both targets, of the Node.js that is tested, and not run by root', () => {
    const withoutDigest = (base: string) => base.replace(digest, '');
    expect(stagesOf(dockerfileText()).map(({ name, base }) => [name, withoutDigest(base)])).toEqual([
      ['build', 'node:24-slim'],
      ['worker', 'node:24-slim'],
      ['worker-ffmpeg', 'worker'],
    ]);
    for (const name of ['worker', 'worker-ffmpeg']) expect(lastArgsOf(stageNamed(name), 'USER')).toBe('node');
    expect(process.version).toMatch(/^v24\./);
  });

  test('takes the digest of its image from who builds it, the same for both stages, and has none of its own', () => {
    const bases = stagesOf(dockerfileText()).map(({ base }) => base);
    const ofNode = bases.filter((base) => base.startsWith('node:'));
    expect(ofNode).toHaveLength(2);
    for (const base of ofNode) expect(base).toMatch(digest);
    expect(dockerfileText()).toMatch(/^ARG NODE_DIGEST\nFROM /m);
    expect(dockerfileText()).not.toMatch(/sha256:[0-9a-f]{64}/);
  });

  test('copies only what there is, and what .dockerignore leaves in', () => {
    const sources = copiedBy(stageNamed('build')).map(({ from }) => from);
    expect(sources).toEqual(['package.json', 'package-lock.json', 'tsconfig.json', '.']);
    expect(leftIn.length).toBeGreaterThan(5);
    expect(leftIn).toEqual(expect.arrayContaining(sources.filter((source) => source !== '.')));
    // A user may have deleted the samples.
    for (const name of leftIn)
      expect([name, name === 'examples' || existsSync(join(projectDir, name))]).toEqual([name, true]);
  });
});

const describeIfPossible = canContain() ? describe : describe.skip;

describeIfPossible(
  'the image, made without Docker and run by nobody on a read-only root (needs root)',
  () => {
    const dir = mkdtempSync(join(tmpdir(), 'job-worker-image-'));
    let aws: LocalAws;
    let app: string;
    let healthPort: string;
    let server: ChildProcess;
    let output = '';

    const environment = () => ({
      ...variablesOf(worker),
      HEALTH_PORT: healthPort,
      QUEUES: 'standard,long',
      DRAIN_SECONDS: '5',
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_ENDPOINT_URL_SQS: aws.sqsEndpoint,
      AWS_ENDPOINT_URL_DYNAMODB: aws.dynamoDbEndpoint,
      AWS_ENDPOINT_URL_S3: aws.s3Endpoint,
      TABLE_NAME: aws.tableName,
      ACCESS_TABLE_NAME: aws.accessTableName,
      BUCKET_NAME: 'bucket',
      STANDARD_QUEUE_URL: aws.queueUrl('standard'),
      ORDERED_QUEUES: '1',
      KEEP_LOGS: 'false',
      METRICS: 'off',
      METRICS_NAMESPACE: 'test',
      OTEL_EXPORTER_OTLP_ENDPOINT: '',
      OTEL_SERVICE_NAME: 'job-worker-test',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '1',
      OTLP_HEADERS_FROM: '',
      LEASE_SECONDS: '10',
      HEARTBEAT_SECONDS: '1',
      UNKNOWN_TYPE_HOURS: '24',
      SPAWN_ALLOWANCE: '1000000',
      RETENTION_DAYS: '15',
      KEEP_CHILDREN_DAYS: '15',
      LIST_SHARDS: '1',
      LIMITS: 'none',
      KEEP_PAYLOAD: 'false',
      ...{ SETUP: '', WEBHOOK_HOSTS: '', NOTIFY: '' },
      MAIL_FROM: '',
      PUBLIC_URL: '',
      HTTP_API_ID: 'an-api',
    });

    beforeAll(async () => {
      const rootDir = join(dir, 'root');
      await mkdir(rootDir);
      [aws, app, healthPort] = await Promise.all([startLocalAws(), makeLayout(dir), freePort().then(String)]);
      server = startContained({
        app,
        rootDir,
        command: words(lastArgsOf(worker, 'CMD')),
        env: environment(),
      });
      for (const stream of [server.stdout, server.stderr])
        stream?.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
    });
    afterAll(async () => {
      server?.kill('SIGKILL');
      await aws?.stop();
      await rm(dir, { recursive: true, force: true });
    });

    const answered = async (path: string) => {
      if (server.exitCode !== null) throw new Error(`the server has ended: ${output}`);
      const response = await fetch(`http://127.0.0.1:${healthPort}${path}`).catch(() => undefined);
      return response?.status === 200 || undefined;
    };

    test('has the bundles, the licenses of what is in them, and nothing else', async () => {
      expect(await readdir(app, { recursive: true })).toEqual(
        expect.arrayContaining(['dist', 'dist/server', 'dist/server/main.mjs']),
      );
      const all = await readdir(app, { recursive: true });
      // Beside packages that a type of the user's has declared.
      const files = all.filter((name) => name.includes('.') && !name.startsWith('dist/node_modules/'));
      const ours = /^dist\/((server\/[\w-]+|otlp-tracer)\.mjs|licenses\.txt)$/;
      expect(files.filter((name) => !ours.test(name))).toEqual([]);
      const licenses = await readFile(join(app, 'dist/licenses.txt'), 'utf8');
      // The first is in the server, the second in what sends spans.
      for (const name of ['sqs-consumer', '@opentelemetry/core'])
        expect(licenses).toMatch(new RegExp(`^${name} [\\d.]+ \\(Apache-2\\.0\\)$`, 'm'));
      expect(licenses).toContain('Apache License');
    });

    test('becomes live and ready, and its health check says so', async () => {
      await eventually(() => answered('/live'), 'the server to be live');
      await eventually(() => answered('/ready'), 'the server to be ready');
      const [, ...args] = words(lastArgsOf(worker, 'HEALTHCHECK').replace(/^.* CMD /, ''));
      const check = (port: string) =>
        promisify(execFile)(process.execPath, args, { env: { HEALTH_PORT: port } });
      await check(healthPort);
      await expect(check(String(await freePort()))).rejects.toMatchObject({ code: 1 });
    });

    const send = (queue: LocalQueue, over: Partial<JobMessage>) => {
      const MessageBody = writeMessage(aMessage({ ...over, submittedAt: Date.now() }));
      return aws.sqs.send(new SendMessageCommand({ QueueUrl: aws.queueUrl(queue), MessageBody }));
    };
    const ended = (id: string) =>
      eventually(async () => {
        const read = await dynamoDbJobStore(aws.dynamoDb, aws.env).read(id);
        return read?.finishedAt === undefined ? undefined : read;
      }, 'the job to end');

    test('runs a job', async () => {
      const payload = { csv: 'a,b\n1,2\n', groupBy: 'a', metrics: [{ column: 'b', op: 'sum' }] };
      await send('standard', { type: 'csv-sums', payload });
      expect(await ended(jobId)).toMatchObject({ status: 'succeeded', attempt: 1 });
    });

    test('runs a redelivered job in a process of its own', async () => {
      await send('long', { id: anId(1), type: 'counting', payload: { seconds: 2 }, requeued: true });
      const { pid } = server;
      await eventually(async () => {
        const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
        const commands = children
          .split(' ')
          .filter(Boolean)
          .map((child) => readFile(`/proc/${child}/cmdline`, 'utf8'));
        const read = await Promise.all(commands).catch(() => []);
        return read.some((command) => command.includes('/app/dist/server/job-process.mjs')) || undefined;
      }, 'a process of the job');
      expect(await ended(anId(1))).toMatchObject({ status: 'succeeded', attempt: 1 });
    });

    test('ends with 0 when it is told to stop', async () => {
      const exited = once(server, 'exit');
      server.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
      expect(output).toContain('server stopped');
    });
  },
);
