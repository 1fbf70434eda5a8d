import { randomBytes } from 'node:crypto';
import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { toAttributes } from '../shared/aws/attribute-value.ts';
import { type RootEntry, rootId } from '../shared/job/access-entry.ts';
import { credentials, region } from './local-aws.ts';

/** Writes the root secret, as a deployment does, unless the table has one. */
export async function writeRootSecret(endpoint: string, tableName: string): Promise<void> {
  const client = new DynamoDBClient({ endpoint, region, credentials });
  const entry: RootEntry = {
    id: rootId,
    kind: 'root',
    secret: randomBytes(32).toString('base64url'),
    versions: { grant: 1, cookie: 1, cursor: 1, webhook: 1 },
    createdAt: Date.now(),
  };
  const put = {
    TableName: tableName,
    Item: toAttributes(entry),
    ConditionExpression: 'attribute_not_exists(id)',
  };
  try {
    await client.send(new PutItemCommand(put));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  } finally {
    client.destroy();
  }
}
