import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

const dynamoDb = new DynamoDBClient();
const { TABLE_NAME } = process.env;
const headers = { 'content-type': 'application/json' };

/** The least that says how a job stands. It asks nobody who he is. */
export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const id = event.pathParameters?.id ?? '';
  const { Item } = await dynamoDb.send(new GetItemCommand({ TableName: TABLE_NAME, Key: { id: { S: id } } }));
  if (Item === undefined) return { statusCode: 404, headers, body: '{"message":"There is no such job."}' };
  const result = Item.result?.S;
  const job = {
    id,
    status: Item.status?.S,
    type: Item.type?.S,
    createdAt: Number(Item.createdAt?.N),
    ...(result === undefined ? {} : { result: JSON.parse(result) }),
  };
  return { statusCode: 200, headers, body: JSON.stringify(job) };
}
