import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { GetObjectCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { uploadScripts } from '../../infra/upload-scripts.ts';
import { root } from '../project-copy.ts';
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

  test('are put into its bucket, where the adapter of the job type looks for them', async () => {
    const cloudFormation = new CloudFormationClient({ endpoint: moto.endpoint, region, credentials });
    const TemplateBody = JSON.stringify({ Resources: { Bucket: { Type: 'AWS::S3::Bucket' } } });
    const before = await bucketNames();
    await cloudFormation.send(new CreateStackCommand({ StackName: 'a-stage', TemplateBody }));
    cloudFormation.destroy();
    const [Bucket] = (await bucketNames()).filter((name) => !before.includes(name));
    const names = await uploadScripts('a-stage', { region, credentials });
    const adapter = await readFile(join(root, 'job-types/emr-aggregate/adapter.ts'), 'utf8');
    expect(adapter).toContain("const scripts = 'scripts/emr-aggregate';");
    expect(names).toEqual(['scripts/emr-aggregate/main.py', 'scripts/emr-aggregate/csv_figures.py']);
    for (const Key of names) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      const file = await readFile(
        join(root, Key.replace('scripts/emr-aggregate', 'job-types/emr-aggregate/script')),
      );
      expect(await Body?.transformToString()).toBe(file.toString('utf8'));
    }
  });

  test('are an error if the stage is not deployed', async () => {
    await expect(uploadScripts('none', { region, credentials })).rejects.toThrow();
  });
}
