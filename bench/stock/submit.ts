import { randomUUID } from 'node:crypto';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { dynamoDb, jobSchema, logger, metrics } from './clients.ts';

const sqs = new SQSClient();
const { TABLE_NAME, STANDARD_QUEUE_URL } = process.env;
const headers = { 'content-type': 'application/json' };

/** Takes a job with what Powertools offers: a checked body, a line of log, a metric. */
export async function handler(
  event: APIGatewayProxyEventV2,
  context: Context,
): Promise<APIGatewayProxyStructuredResultV2> {
  logger.addContext(context);
  metrics.captureColdStartMetric();
  try {
    const parsed = jobSchema.safeParse(JSON.parse(event.body ?? ''));
    if (!parsed.success)
      return { statusCode: 400, headers, body: JSON.stringify({ issues: parsed.error.issues }) };
    const id = randomUUID();
    const { type } = parsed.data;
    await dynamoDb.send(
      new PutCommand({
        TableName: TABLE_NAME,
        Item: { id, status: 'pending', type, createdAt: Date.now() },
        ConditionExpression: 'attribute_not_exists(id)',
      }),
    );
    const MessageBody = JSON.stringify({ id, ...parsed.data });
    await sqs.send(new SendMessageCommand({ QueueUrl: STANDARD_QUEUE_URL, MessageBody }));
    metrics.addMetric('jobSubmitted', MetricUnit.Count, 1);
    logger.info('Job submitted', { id, type });
    return {
      statusCode: 202,
      headers: { ...headers, location: `/jobs/${id}` },
      body: JSON.stringify({ id, status: 'pending' }),
    };
  } finally {
    metrics.publishStoredMetrics();
  }
}
