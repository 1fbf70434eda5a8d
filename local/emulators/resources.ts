import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import { accountId, credentials, region } from '../local-aws.ts';
import { bucketNameOf, createBucket, describeBucket } from '../objects/bucket-resource.ts';
import { createQueue, describeQueue, queueNameOf } from '../queues/queue-resource.ts';
import { type Described, type Resolve, resolver } from '../resolve-references.ts';
import {
  createScheduleGroup,
  describeRole,
  describeScheduleGroup,
  putSchedule,
  roleNameOf,
  scheduleNameOf,
} from '../schedules/schedule-resource.ts';
import { createTable, describeTable, tableNameOf } from '../tables/table-resource.ts';
import type { EmulatorEndpoints } from './emulator-endpoints.ts';

const template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z._default(z.record(z.string(), z.unknown()), {}) }),
  ),
});

/**
 * Creates the queues, tables, buckets and schedules of a CloudFormation template (the `resources` of serverless.yml).
 * What exists stays unchanged, with its messages, items and objects; schedules become those of the template. Resources
 * of other types are ignored.
 * @returns a function that resolves references to them, and to roles
 * @throws LocalAwsError if one of them has a reference that cannot be resolved
 */
export async function createResources(resources: unknown, endpoints: EmulatorEndpoints): Promise<Resolve> {
  const { Resources } = template.parse(resources);
  const ofType = (type: string, nameOf: (id: string, properties: Record<string, unknown>) => string) =>
    Object.entries(Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, { Properties: properties }]) => ({ id, name: nameOf(id, properties), properties }));
  const queues = ofType('AWS::SQS::Queue', queueNameOf);
  const tables = ofType('AWS::DynamoDB::Table', tableNameOf);
  const buckets = ofType('AWS::S3::Bucket', bucketNameOf);
  const groups = ofType('AWS::Scheduler::ScheduleGroup', scheduleNameOf);
  const schedules = ofType('AWS::Scheduler::Schedule', scheduleNameOf);
  const roles = ofType('AWS::IAM::Role', roleNameOf);
  const resolve = resolver(
    new Map<string, Described>([
      ...queues.map(({ id, name }) => [id, describeQueue(endpoints.sqsEndpoint, name)] as const),
      ...tables.map(({ id, name }) => [id, describeTable(name)] as const),
      ...buckets.map(({ id, name }) => [id, describeBucket(name)] as const),
      ...groups.map(({ id, name }) => [id, describeScheduleGroup(name)] as const),
      ...roles.map(({ id, name }) => [id, describeRole(name)] as const),
      // On this machine there is neither: nobody watches a local stage.
      ['AlarmTopic', { ref: `arn:aws:sns:${region}:${accountId}:alarms`, attributes: {} }],
      ['HttpApi', { ref: 'local', attributes: {} }],
    ]),
  );

  const sqs = new SQSClient({ endpoint: endpoints.sqsEndpoint, region, credentials });
  const dynamoDb = new DynamoDBClient({ endpoint: endpoints.dynamoDbEndpoint, region, credentials });
  try {
    // SQS requires that a dead-letter queue exists before a queue names it.
    const [redriving, others] = [queues.filter(redrives), queues.filter((queue) => !redrives(queue))];
    for (const queue of [...others, ...redriving]) await createQueue(sqs, { ...queue, resolve });
    for (const table of tables) await createTable(dynamoDb, { ...table, resolve });
    for (const bucket of buckets) await createBucket(endpoints.s3Endpoint, { ...bucket, resolve });
    for (const { name } of groups) await createScheduleGroup(endpoints.schedulerEndpoint, name);
    for (const schedule of schedules)
      await putSchedule(endpoints.schedulerEndpoint, { ...schedule, resolve });
  } finally {
    sqs.destroy();
    dynamoDb.destroy();
  }
  return resolve;
}

const redrives = ({ properties }: { readonly properties: Record<string, unknown> }): boolean =>
  'RedrivePolicy' in properties;
