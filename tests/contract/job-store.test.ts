import { afterAll, beforeAll } from '@jest/globals';
import { dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import type { JobStore } from '../../shared/job/ports.ts';
import { InMemoryJobStore } from '../fakes/in-memory-job-store.ts';
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
