import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { GetObjectCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uploadScripts } from '../../infra/upload-scripts.ts';
import { root } from '../project-copy.ts';
import { credentials, region } from './deployed.ts';
import { type Moto, motoIsInstalled, startMoto } from './moto.ts';

const describeIfInstalled = motoIsInstalled() ? describe : describe.skip;

describeIfInstalled('the scripts of a stage (needs python3-moto)', () => {
  let moto: Moto;
  let s3: S3Client;
  beforeAll(async () => {
    moto = await startMoto();
    s3 = new S3Client({ endpoint: moto.endpoint, region, credentials, forcePathStyle: true });
    // `uploadScripts` gets the endpoint as `sls` does: from the environment.
    process.env.AWS_ENDPOINT_URL = moto.endpoint;
  });
  afterAll(async () => {
    delete process.env.AWS_ENDPOINT_URL;
    s3?.destroy();
    await moto?.stop();
  });

  test('are put into its bucket, where the adapter of the job type looks for them', async () => {
    const cloudFormation = new CloudFormationClient({ endpoint: moto.endpoint, region, credentials });
    const TemplateBody = JSON.stringify({ Resources: { Bucket: { Type: 'AWS::S3::Bucket' } } });
    await cloudFormation.send(new CreateStackCommand({ StackName: 'a-stage', TemplateBody }));
    cloudFormation.destroy();
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    const names = await uploadScripts('a-stage', { region, credentials });
    const adapter = await readFile(join(root, 'job-types/emr-aggregate/adapter.ts'), 'utf8');
    expect(adapter).toContain("const scripts = 'scripts/emr-aggregate';");
    expect(names).toEqual(['scripts/emr-aggregate/main.py', 'scripts/emr-aggregate/csv_figures.py']);
    for (const Key of names) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: Buckets[0]?.Name, Key }));
      const file = await readFile(
        join(root, Key.replace('scripts/emr-aggregate', 'job-types/emr-aggregate/script')),
      );
      expect(await Body?.transformToString()).toBe(file.toString('utf8'));
    }
  });

  test('are an error if the stage is not deployed', async () => {
    await expect(uploadScripts('none', { region, credentials })).rejects.toThrow();
  });
});
