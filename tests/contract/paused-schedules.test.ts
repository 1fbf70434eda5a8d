import { DeleteItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { toAttributes } from '../../shared/aws/attribute-value.ts';
import { dynamoDbPausedSchedules } from '../../shared/aws/paused-schedules.ts';
import { StoreUnavailableError } from '../../shared/job/errors.ts';
import { InMemoryPausedSchedules } from '../../testkit/fakes/in-memory-schedules.ts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';
import { describePausedSchedules } from './paused-schedules.contract.ts';

describePausedSchedules('InMemoryPausedSchedules', async () => new InMemoryPausedSchedules());

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());
const key = toAttributes({ id: 'paused-schedules' });
describePausedSchedules('dynamoDbPausedSchedules', async () => {
  await aws.dynamoDb.send(new DeleteItemCommand({ TableName: aws.tableName, Key: key }));
  return dynamoDbPausedSchedules(aws.dynamoDb, aws.tableName);
});

afterEach(() => void aws.dynamoDb.middlewareStack.remove('inputs'));

// The emulator has no other reads than consistent ones, so only the request can show it.
test('dynamoDbPausedSchedules reads consistently', async () => {
  const inputs: object[] = [];
  aws.dynamoDb.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === GetItemCommand.name) inputs.push(args.input);
        return next(args);
      },
    { step: 'initialize', name: 'inputs' },
  );
  await dynamoDbPausedSchedules(aws.dynamoDb, aws.tableName).read();
  expect(inputs).toEqual([{ TableName: aws.tableName, Key: key, ConsistentRead: true }]);
});

test('dynamoDbPausedSchedules says that they are unavailable if the table is not there', async () => {
  const nowhere = dynamoDbPausedSchedules(aws.dynamoDb, 'nowhere');
  for (const call of [nowhere.read(), nowhere.pause('a'), nowhere.resume('a')])
    await expect(call).rejects.toThrow(StoreUnavailableError);
});
