import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { dynamoDb, logger, metrics } from './clients.ts';

const { TABLE_NAME } = process.env;
const headers = { 'content-type': 'application/json' };

/** Says how a job stands. */
export async function handler(
  event: APIGatewayProxyEventV2,
  context: Context,
): Promise<APIGatewayProxyStructuredResultV2> {
  logger.addContext(context);
  metrics.captureColdStartMetric();
  const id = event.pathParameters?.id ?? '';
  const { Item } = await dynamoDb.send(new GetCommand({ TableName: TABLE_NAME, Key: { id } }));
  if (Item === undefined) {
    logger.info('No such job', { id });
    return { statusCode: 404, headers, body: JSON.stringify({ message: 'There is no such job.' }) };
  }
  const { status, type, createdAt, result } = Item;
  return { statusCode: 200, headers, body: JSON.stringify({ id, status, type, createdAt, result }) };
}
