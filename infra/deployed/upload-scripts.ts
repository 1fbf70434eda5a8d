import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { SdkConfig } from '../template/serverless.ts';

/** What a job type runs in another service. */
interface Script {
  readonly path: string;
  /** Where the adapter of the job type looks for it in the stage's bucket. */
  readonly key: string;
}

/**
 * The files of `script/` in the folders of job types: in the bucket, `scripts/` and the type come before their names.
 */
export const scriptsOf = (project: string, conditions: readonly string[]): readonly Script[] =>
  ['job-types', ...conditions.filter((name) => name === 'examples')].flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, withFileTypes: true }).flatMap(
      ({ parentPath, name }) => {
        const [, type] = /\/([^/]+)\/script$/.exec(parentPath) ?? [];
        const isScript = type !== undefined && name !== '__pycache__';
        return isScript ? [{ path: join(parentPath, name), key: `scripts/${type}/${name}` }] : [];
      },
    ),
  );

const contentTypeOf = (path: string): string =>
  path.endsWith('.py') ? 'text/x-python' : 'application/octet-stream';

/** Puts scripts into a stage's bucket. What has started there with one has read it already. */
export async function uploadScripts(
  scripts: readonly Script[],
  stackName: string,
  config: SdkConfig,
): Promise<void> {
  const Bucket = await findBucket(stackName, config);
  const s3 = new S3Client(config);
  try {
    for (const { path, key: Key } of scripts) {
      const [Body, ContentType] = [await readFile(path), contentTypeOf(path)];
      await s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType }));
    }
  } finally {
    s3.destroy();
  }
}

/** The name of a stage's bucket. @throws if the stage is not deployed */
export async function findBucket(stackName: string, config: SdkConfig): Promise<string | undefined> {
  const cloudFormation = new CloudFormationClient(config);
  try {
    const { StackResourceDetail } = await cloudFormation.send(
      new DescribeStackResourceCommand({ StackName: stackName, LogicalResourceId: 'Bucket' }),
    );
    return StackResourceDetail?.PhysicalResourceId;
  } finally {
    cloudFormation.destroy();
  }
}
