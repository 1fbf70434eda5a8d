import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import {
  DeleteObjectCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { emptyBucketOf } from '../../infra/deployed/empty-bucket.ts';
import { credentials, type MotoAws } from './deployed.ts';

const region = 'eu-south-1';

export function describeEmptyBucket(moto: MotoAws): void {
  let s3: S3Client;
  let cloudFormation: CloudFormationClient;
  beforeAll(() => {
    const config = { endpoint: moto.endpoint, region, credentials };
    s3 = new S3Client({ ...config, forcePathStyle: true });
    cloudFormation = new CloudFormationClient(config);
  });
  afterAll(() => {
    s3?.destroy();
    cloudFormation?.destroy();
  });

  const bucketNames = async () =>
    ((await s3.send(new ListBucketsCommand({}))).Buckets ?? []).flatMap(({ Name }) => Name ?? []);

  /** Creates a stack with a bucket that keeps versions, and returns the name of the bucket. */
  async function createStack(StackName: string, DeletionPolicy: string | undefined): Promise<string> {
    const before = await bucketNames();
    const TemplateBody = JSON.stringify({
      Resources: { Bucket: { Type: 'AWS::S3::Bucket', DeletionPolicy } },
    });
    await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody }));
    const Bucket = (await bucketNames()).find((name) => !before.includes(name)) ?? '';
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    return Bucket;
  }

  const put = (Bucket: string, Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'some' }));

  const countVersions = async (Bucket: string) => {
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    return Versions.length + DeleteMarkers.length;
  };

  const empty = (stackName: string) => emptyBucketOf(stackName, { region, credentials });

  test('loses all objects, also what was overwritten and deleted, if it was deployed to go', async () => {
    const Bucket = await createStack('to-go', 'Delete');
    for (const Key of ['uploads/a', 'uploads/a', 'results/b &<x> ä']) await put(Bucket, Key);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'uploads/a' }));
    expect(await countVersions(Bucket)).toBe(4);
    expect(await empty('to-go')).toBe(4);
    expect(await countVersions(Bucket)).toBe(0);
    expect(await empty('to-go')).toBe(0);
  });

  test.each(['Retain', 'RetainExceptOnCreate', undefined])(
    'keeps them if it was deployed with the policy %p: it is to stay, or nothing says that it is to go',
    async (policy) => {
      const stackName = `to-stay-${policy}`;
      const Bucket = await createStack(stackName, policy);
      await put(Bucket, 'uploads/a');
      expect(await empty(stackName)).toBe(0);
      expect(await countVersions(Bucket)).toBe(1);
    },
  );

  test('is nothing to care about if there is no such stack', async () => {
    expect(await empty('unknown')).toBe(0);
  });

  test('goes with its objects by `sls remove` of the stage dev, which can be deployed again', async () => {
    const run = (command: string) => moto.sls([command, '--stage', 'dev'], region);
    const before = await bucketNames();
    await run('deploy');
    const [bucket = '', ...others] = (await bucketNames()).filter(
      (name) => !before.includes(name) && !name.includes('deploymentbucket'),
    );
    expect({ bucket, others }).toEqual({
      bucket: expect.stringMatching(/^job-worker-dev-bucket-/),
      others: [],
    });
    await put(bucket, 'uploads/a');
    await run('remove');
    // Nothing is in the way of the next deployment.
    const left = await bucketNames();
    expect(left).not.toContain(bucket);
    await run('deploy');
    const made = (await bucketNames()).filter((name) => !left.includes(name));
    expect(made).toContainEqual(expect.stringMatching(/^job-worker-dev-bucket-/));
    await run('remove');
  });
}
