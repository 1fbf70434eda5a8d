import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { dynamoDb, type JobMessage, logger, messageSchema, metrics } from './clients.ts';

const { TABLE_NAME, IDEMPOTENCY_TABLE_NAME = '' } = process.env;
const processor = new BatchProcessor(EventType.SQS);
const persistenceStore = new DynamoDBPersistenceLayer({ tableName: IDEMPOTENCY_TABLE_NAME });
const config = new IdempotencyConfig({ eventKeyJmesPath: 'id' });

/** The record of Powertools says that a job was begun, and keeps its result; the job's item has it for `GET`. */
const run = makeIdempotent(
  async ({ id, payload }: JobMessage) => {
    const result = { n: payload.n };
    await dynamoDb.send(
      new UpdateCommand({
        TableName: TABLE_NAME,
        Key: { id },
        UpdateExpression: 'SET #status = :succeeded, #result = :result, endedAt = :now',
        ExpressionAttributeNames: { '#status': 'status', '#result': 'result' },
        ExpressionAttributeValues: { ':succeeded': 'succeeded', ':result': result, ':now': Date.now() },
      }),
    );
    return result;
  },
  { persistenceStore, config },
);

async function runRecord({ body }: SQSRecord): Promise<void> {
  const message = messageSchema.parse(JSON.parse(body));
  await run(message);
  metrics.addMetric('jobSucceeded', MetricUnit.Count, 1);
  logger.info('Job succeeded', { id: message.id, type: message.type });
}

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  logger.addContext(context);
  config.registerLambdaContext(context);
  metrics.captureColdStartMetric();
  try {
    return await processPartialResponse(event, runRecord, processor, { context });
  } finally {
    metrics.publishStoredMetrics();
  }
}
