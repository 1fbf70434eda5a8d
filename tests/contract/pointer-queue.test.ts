import { afterAll, beforeAll } from '@jest/globals';
import { sqsPointerQueue } from '../../shared/aws/pointer-queue.ts';
import { InMemoryPointerQueue } from '../../testkit/fakes/in-memory-queues.ts';
import { takeFrom } from '../integration/local-schedules.ts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';
import { describePointerQueue } from './pointer-queue.contract.ts';

const fake = new InMemoryPointerQueue();
const failing = new InMemoryPointerQueue();
failing.isFailing = true;
describePointerQueue('InMemoryPointerQueue', () => ({
  queue: fake,
  receive: async () =>
    fake.sent.filter(({ delaySeconds }) => delaySeconds === 0).map(({ pointer }) => JSON.stringify(pointer)),
  unavailable: failing,
}));

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

describePointerQueue('sqsPointerQueue', () => ({
  queue: sqsPointerQueue(aws.sqs, aws.queueUrl('waiting')),
  receive: async () => (await takeFrom(aws.sqs, aws.queueUrl('waiting'))).map(({ body }) => body),
  unavailable: sqsPointerQueue(aws.sqs, `${aws.sqsEndpoint}/000000000000/nowhere`),
}));
