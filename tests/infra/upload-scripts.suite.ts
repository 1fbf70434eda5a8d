import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { GetObjectCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { scriptsOf, uploadScripts } from '../../infra/upload-scripts.ts';
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

  test('are an error if the stage is not deployed', async () => {
    await expect(uploadScripts([], 'none', { region, credentials })).rejects.toThrow();
  });
}
