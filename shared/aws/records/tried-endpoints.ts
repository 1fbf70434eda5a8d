import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { StoreUnavailableError } from '../../domain/base/errors.ts';
import type { TriedEndpoints } from '../../domain/notify/endpoint-ports.ts';
import type { triedEndpoints } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';

/** The index `tried` of infra/resources/endpoint-table.yml behind the `TriedEndpoints` port. */
export const dynamoDbTriedEndpoints = (
  client: DynamoDBClient,
  { ENDPOINT_TABLE_NAME: TableName }: Granted<typeof triedEndpoints>,
): TriedEndpoints => ({
  async missed({ part, until, limit }) {
    const input = {
      TableName,
      IndexName: 'tried',
      KeyConditionExpression: 'lookKey = :key AND lookAt <= :until',
      ExpressionAttributeValues: toAttributes({ ':key': String(part), ':until': until }),
      Limit: limit,
    };
    const { Items = [] } = await client.send(new QueryCommand(input)).catch((cause: unknown) => {
      throw new StoreUnavailableError('the index of the endpoints that are tried could not be read', {
        cause,
      });
    });
    return Items.map((item) => {
      const { tenant, origin } = fromAttributes(item);
      return { tenant: String(tenant), origin: String(origin) };
    });
  },
});
