import { randomUUID } from 'node:crypto';
import { BatchGetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { toAttributes } from '../../shared/aws/attribute-value.ts';
import { dynamoDbJobList } from '../../shared/aws/job-list.ts';
import { dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import { StoreUnavailableError } from '../../shared/job/errors.ts';
import type { JobItem } from '../../shared/job/item.ts';
import { InMemoryJobList } from '../../testkit/fakes/in-memory-job-list.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';
import { created } from './item-writes.ts';
import { describeJobList, type Listing } from './job-list.contract.ts';

const store = new InMemoryJobStore();
const fake: Listing = {
  store,
  list: new InMemoryJobList(store.items),
  async put(item) {
    store.items.set(item.id, item as JobItem);
  },
};
describeJobList('InMemoryJobList', () => fake);

let aws: LocalAws;
let emulated: Listing;
beforeAll(async () => {
  aws = await startLocalAws();
  const { dynamoDb, tableName: TableName } = aws;
  emulated = {
    store: dynamoDbJobStore(dynamoDb, TableName),
    list: dynamoDbJobList(dynamoDb, TableName),
    async put(item) {
      await dynamoDb.send(new PutItemCommand({ TableName, Item: toAttributes(item) }));
    },
  };
});
afterAll(() => aws.stop());
describeJobList('dynamoDbJobList', () => emulated);

/** What the emulator is asked by BatchGetItem. `answer` replaces what it answers. */
function batchGets(answer: (output: object, input: object) => object = (output) => output): object[] {
  const inputs: object[] = [];
  aws.dynamoDb.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const result = await next(args);
        if (commandName !== BatchGetItemCommand.name) return result;
        inputs.push(args.input);
        return { ...result, output: answer(result.output, args.input) as typeof result.output };
      },
    { step: 'initialize', name: 'batchGets' },
  );
  return inputs;
}
afterEach(() => void aws.dynamoDb.middlewareStack.remove('batchGets'));

// The emulator has no other reads than consistent ones, so only the request can show it.
test('dynamoDbJobList reads items consistently, also those that come in a second answer', async () => {
  const message = 'm'.repeat(350_000);
  const ids = await Promise.all(Array.from({ length: 5 }, () => created(emulated.store, { message })));
  const inputs = batchGets();
  expect((await emulated.list.read(ids)).items).toHaveLength(5);
  expect(inputs.length).toBeGreaterThan(1);
  for (const input of inputs)
    expect(input).toMatchObject({ RequestItems: { [aws.tableName]: { ConsistentRead: true } } });
});

test('dynamoDbJobList gives up when DynamoDB leaves all keys unprocessed, as it does when it throttles', async () => {
  const inputs = batchGets((_, input) => ({
    Responses: {},
    UnprocessedKeys: 'RequestItems' in input ? input.RequestItems : {},
  }));
  const reading = emulated.list.read([randomUUID(), randomUUID()]);
  await expect(reading).rejects.toThrow(StoreUnavailableError);
  expect(inputs).toHaveLength(1);
});

test('dynamoDbJobList says that the list is unavailable if the table is not there', async () => {
  const nowhere = dynamoDbJobList(aws.dynamoDb, 'nowhere');
  const query = { list: 'all', key: 'k', since: '0', below: '~', limit: 1 } as const;
  await expect(nowhere.find(query)).rejects.toThrow(StoreUnavailableError);
  await expect(nowhere.read([randomUUID()])).rejects.toThrow(StoreUnavailableError);
});
