import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { GetObjectCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { uploadMaps } from '../../infra/deployed/kept-maps.ts';
import { scriptsOf, uploadScripts } from '../../infra/deployed/upload-scripts.ts';
import { projectDir } from '../project-copy.ts';
import { credentials, type MotoAws } from './deployed.ts';

const region = 'eu-north-1';

export function describeUploadScripts(moto: MotoAws): void {
  let s3: S3Client;
  beforeAll(() => {
    s3 = new S3Client({ endpoint: moto.endpoint, region, credentials, forcePathStyle: true });
  });
  afterAll(() => s3?.destroy());

  const bucketNames = async () =>
    ((await s3.send(new ListBucketsCommand({}))).Buckets ?? []).map(({ Name }) => Name);

  test('are put into its bucket, where the adapter of a job type looks for them', async () => {
    const cloudFormation = new CloudFormationClient({ endpoint: moto.endpoint, region, credentials });
    const TemplateBody = JSON.stringify({ Resources: { Bucket: { Type: 'AWS::S3::Bucket' } } });
    const before = await bucketNames();
    await cloudFormation.send(new CreateStackCommand({ StackName: 'a-stage', TemplateBody }));
    cloudFormation.destroy();
    const [Bucket] = (await bucketNames()).filter((name) => !before.includes(name));
    const project = await mkdtemp(join(tmpdir(), 'scripts-'));
    for (const [name, text] of Object.entries({ 'main.py': 'print(1)', 'part.bin': 'bytes' })) {
      await mkdir(join(project, 'job-types/on-spark/script'), { recursive: true });
      await writeFile(join(project, 'job-types/on-spark/script', name), text);
    }
    const scripts = scriptsOf(project, ['module']);
    await uploadScripts(scripts, 'a-stage', { region, credentials });
    const stored = scripts.map(async ({ key: Key }) => {
      const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return [Key, await Body?.transformToString(), ContentType];
    });
    expect(await Promise.all(stored)).toEqual([
      ['scripts/on-spark/main.py', 'print(1)', 'text/x-python'],
      ['scripts/on-spark/part.bin', 'bytes', 'application/octet-stream'],
    ]);
    await rm(project, { recursive: true });
  });

  test('are beside source maps, by which a command maps what it reads, and which another deployment leaves as they are', async () => {
    const cloudFormation = new CloudFormationClient({ endpoint: moto.endpoint, region, credentials });
    const TemplateBody = JSON.stringify({ Resources: { Bucket: { Type: 'AWS::S3::Bucket' } } });
    await cloudFormation.send(new CreateStackCommand({ StackName: 'job-worker-maps', TemplateBody }));
    cloudFormation.destroy();
    const folder = await mkdtemp(join(tmpdir(), 'maps-'));
    const bundle = 'worker.0123456789abcdef.mjs';
    const kept = { version: 3, names: [], sources: ['job-types/x/handler.ts'], mappings: 'AAUA' };
    for (const mappings of [kept.mappings, 'AAAA']) {
      await writeFile(join(folder, `${bundle}.map.gz`), gzipSync(JSON.stringify({ ...kept, mappings })));
      await uploadMaps(folder, 'job-worker-maps', { region, credentials });
    }
    await uploadMaps(join(folder, 'none'), 'none', { region, credentials });
    const stack = `Error: no\n    at a (${bundle}:1:1)\n    at b (api.0123456789abcdef.mjs:1:1)\n`;
    const mapped = async (...args: readonly string[]) => {
      const node = join(projectDir, 'node_modules/.bin/node');
      const running = promisify(execFile)(node, ['scripts/map-stacks.ts', ...args], {
        cwd: projectDir,
        env: { ...process.env, AWS_REGION: region, AWS_ENDPOINT_URL: moto.endpoint },
      });
      running.child.stdin?.end(stack);
      return (await running).stdout;
    };
    expect(await mapped('--stage', 'maps')).toBe(
      stack.replace(`${bundle}:1:1`, 'job-types/x/handler.ts:11:1'),
    );
    expect(await mapped('--maps', folder)).toBe(stack.replace(`${bundle}:1:1`, 'job-types/x/handler.ts:1:1'));
    await expect(mapped()).rejects.toThrow('Say where the maps are: --stage, or --maps.');
    await rm(folder, { recursive: true });
  });

  test('are an error if the stage is not deployed', async () => {
    await expect(uploadScripts([], 'none', { region, credentials })).rejects.toThrow();
  });
}
