import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import type { JobStore } from '../../shared/job/ports.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';
import { describeJobStore } from './job-store.contract.ts';

const fake = new InMemoryJobStore();
describeJobStore('InMemoryJobStore', () => fake);

let aws: LocalAws;
let store: JobStore;
beforeAll(async () => {
  aws = await startLocalAws();
  store = dynamoDbJobStore(aws.dynamoDb, aws.tableName);
});
afterAll(() => aws.stop());
describeJobStore('dynamoDbJobStore', () => store);

// The emulator has no other reads than consistent ones, so only the request can show it.
test('dynamoDbJobStore asks for consistent reads', async () => {
  const requests: unknown[] = [];
  aws.dynamoDb.middlewareStack.add(
    (next) => (args) => {
      requests.push(args.input);
      return next(args);
    },
    { step: 'initialize', name: 'recordRequests' },
  );
  await store.read(randomUUID());
  aws.dynamoDb.middlewareStack.remove('recordRequests');
  expect(requests).toMatchObject([{ ConsistentRead: true }]);
});
