import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EventSourceMapping } from '../../local/event-source-mapping.ts';
import { region } from '../../local/local-aws.ts';
import { eventually } from '../integration/eventually.ts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';

const name = 'long';
let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

test('as many batches as it may run are processed at a time, the others wait, and a stop waits for those that run', async () => {
  const begun: (() => void)[] = [];
  const mapping = new EventSourceMapping({
    sqs: aws.sqs,
    queueUrl: aws.queueUrl(name),
    queueArn: `arn:aws:sqs:${region}:000000000000:${name}`,
    batchSize: 1,
    concurrency: 2,
    functionName: name,
    invoke: () => new Promise<null>((resolve) => begun.push(() => resolve(null))),
    onError: (error) => {
      throw error;
    },
  });
  const hasBegun = (count: number) =>
    eventually(async () => begun.length >= count || undefined, `${count} invocations`);
  for (const MessageBody of ['1', '2', '3'])
    await aws.sqs.send(new SendMessageCommand({ QueueUrl: aws.queueUrl(name), MessageBody }));

  mapping.start();
  await hasBegun(2);
  // The third would have begun by then: a receive of what is there is answered at once.
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(begun).toHaveLength(2);

  begun[0]?.();
  await hasBegun(3);

  let hasStopped = false;
  const stopping = mapping.stop().then(() => {
    hasStopped = true;
  });
  begun[1]?.();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(hasStopped).toBe(false);
  begun[2]?.();
  await stopping;
});
