import { setTimeout } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, test } from '@jest/globals';
import { startEmulators } from '../../../../local/emulators/emulators.ts';
import { credentials, region } from '../../../../local/local-aws.ts';

describe('the emulators', () => {
  // dynalite would throw where nobody catches: this process would end.
  test('answer the calls of callers that are gone before they close the table', async () => {
    for (const waitedMs of [10, 12, 14, 16, 18, 20, 22, 24, 28, 32]) {
      const emulators = await startEmulators();
      const endpoint = emulators.dynamoDbEndpoint;
      const client = new DynamoDBClient({ endpoint, region, credentials, maxAttempts: 1 });
      const gone = new AbortController();
      const id = { AttributeName: 'id' };
      await client.send(
        new CreateTableCommand({
          TableName: 'some',
          KeySchema: [{ ...id, KeyType: 'HASH' }],
          AttributeDefinitions: [{ ...id, AttributeType: 'S' }],
          BillingMode: 'PAY_PER_REQUEST',
        }),
      );
      await setTimeout(50);
      const write = (_: unknown, at: number) => {
        const Item = { id: { S: String(at) }, text: { S: 'x'.repeat(10_000) } };
        return client.send(new PutItemCommand({ TableName: 'some', Item }), { abortSignal: gone.signal });
      };
      const calls = Promise.allSettled(Array.from({ length: 50 }, write));
      await setTimeout(waitedMs);
      gone.abort();
      await emulators.stop();
      await calls;
      client.destroy();
    }
  });
});
