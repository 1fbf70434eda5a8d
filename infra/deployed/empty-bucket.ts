import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation';
import { DeleteObjectsCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod/mini';
import type { SdkConfig } from '../template/serverless.ts';
import { findStack, findTemplate } from './find-stack.ts';

const template = z.object({
  Resources: z.object({ Bucket: z.optional(z.object({ DeletionPolicy: z.optional(z.string()) })) }),
});

/**
 * Deletes the objects in a stage's bucket, with their versions, before the stage is removed: CloudFormation deletes no
 * bucket that has any. It does nothing if the bucket stays. What was deployed decides that, and not the parameters of
 * today, so that no wrong parameter loses data.
 * @returns how many versions it deleted
 */
export async function emptyBucketOf(stackName: string, config: SdkConfig): Promise<number> {
  const [cloudFormation, s3] = [new CloudFormationClient(config), new S3Client(config)];
  try {
    const bucket = await doomedBucketOf(cloudFormation, stackName);
    return bucket === undefined ? 0 : await deleteVersions(s3, bucket);
  } finally {
    cloudFormation.destroy();
    s3.destroy();
  }
}

/** The name of the bucket, if the removal of the stack would delete it. */
async function doomedBucketOf(
  cloudFormation: CloudFormationClient,
  StackName: string,
): Promise<string | undefined> {
  // That there is none, `sls remove` itself says.
  const stack = await findStack(cloudFormation, StackName);
  if (stack === undefined || stack.EnableTerminationProtection) return undefined;
  const { Bucket } = template.parse(await findTemplate(cloudFormation, StackName)).Resources;
  if (Bucket?.DeletionPolicy !== 'Delete') return undefined;
  const { StackResourceDetail } = await cloudFormation.send(
    new DescribeStackResourceCommand({ StackName, LogicalResourceId: 'Bucket' }),
  );
  return StackResourceDetail?.PhysicalResourceId;
}

async function deleteVersions(s3: S3Client, Bucket: string): Promise<number> {
  let count = 0;
  // Always from the start: what is deleted is not listed again.
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    const Objects = [...Versions, ...DeleteMarkers].flatMap(({ Key, VersionId }) =>
      Key === undefined ? [] : [{ Key, VersionId }],
    );
    if (Objects.length === 0) return count;
    const { Errors: [error] = [] } = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    );
    if (error) throw new Error(`${error.Key} in ${Bucket} cannot be deleted: ${error.Message ?? error.Code}`);
    count += Objects.length;
  }
}
