import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { SdkConfig } from './serverless.ts';

/** What a job type runs in another service, and where in the bucket its adapter looks for it. */
const folder = join(import.meta.dirname, '../job-types/emr-aggregate/script');
const files = ['main.py', 'csv_figures.py'];
const prefix = 'scripts/emr-aggregate/';

/**
 * Puts the script of emr-aggregate into a stage's bucket. A job run that has started has read it already.
 * @returns the names of the objects
 */
export async function uploadScripts(stackName: string, config: SdkConfig): Promise<readonly string[]> {
  const [cloudFormation, s3] = [new CloudFormationClient(config), new S3Client(config)];
  try {
    const { StackResourceDetail } = await cloudFormation.send(
      new DescribeStackResourceCommand({ StackName: stackName, LogicalResourceId: 'Bucket' }),
    );
    const Bucket = StackResourceDetail?.PhysicalResourceId;
    const names: string[] = [];
    for (const file of files) {
      const Key = `${prefix}${file}`;
      const Body = await readFile(join(folder, file));
      await s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'text/x-python' }));
      names.push(Key);
    }
    return names;
  } finally {
    cloudFormation.destroy();
    s3.destroy();
  }
}
