import { randomUUID } from 'node:crypto';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

const dynamoDb = new DynamoDBClient();
const sqs = new SQSClient();
const { TABLE_NAME, STANDARD_QUEUE_URL } = process.env;

/** The least that takes a job: an item, a message, and 202. If it dies in between, the job never runs. */
export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const { type, payload } = JSON.parse(event.body ?? '');
  const id = randomUUID();
  await dynamoDb.send(
    new PutItemCommand({
      TableName: TABLE_NAME,
      Item: {
        id: { S: id },
        status: { S: 'pending' },
        type: { S: String(type) },
        createdAt: { N: String(Date.now()) },
      },
      ConditionExpression: 'attribute_not_exists(id)',
    }),
  );
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: STANDARD_QUEUE_URL,
      MessageBody: JSON.stringify({ id, type, payload }),
    }),
  );
  return {
    statusCode: 202,
    headers: { 'content-type': 'application/json', location: `/jobs/${id}` },
    body: JSON.stringify({ id, status: 'pending' }),
  };
}
