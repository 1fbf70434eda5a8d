import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';

const dynamoDb = new DynamoDBClient();
const { TABLE_NAME } = process.env;

/**
 * The least that runs a job: it is claimed, so that it runs once, and its result is written. If the worker dies in between,
 * the job stays `running` for ever.
 */
async function run({ body }: SQSRecord): Promise<void> {
  const { id, payload } = JSON.parse(body);
  const Key = { id: { S: id } };
  await dynamoDb.send(
    new UpdateItemCommand({
      TableName: TABLE_NAME,
      Key,
      UpdateExpression: 'SET #status = :running, startedAt = :now',
      ConditionExpression: '#status = :pending',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: {
        ':running': { S: 'running' },
        ':pending': { S: 'pending' },
        ':now': { N: String(Date.now()) },
      },
    }),
  );
  const result = { n: payload.n };
  await dynamoDb.send(
    new UpdateItemCommand({
      TableName: TABLE_NAME,
      Key,
      UpdateExpression: 'SET #status = :succeeded, #result = :result, endedAt = :now',
      ExpressionAttributeNames: { '#status': 'status', '#result': 'result' },
      ExpressionAttributeValues: {
        ':succeeded': { S: 'succeeded' },
        ':result': { S: JSON.stringify(result) },
        ':now': { N: String(Date.now()) },
      },
    }),
  );
}

export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const outcomes = await Promise.allSettled(Records.map(run));
  const failed = Records.filter((_, index) => outcomes[index]?.status === 'rejected');
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}
