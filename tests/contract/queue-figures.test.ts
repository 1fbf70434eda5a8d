import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { queueFigures } from '../../shared/aws/queue-figures.ts';
import { queueList } from '../../shared/http/queue-response.ts';
import { QueueUnavailableError } from '../../shared/job/errors.ts';
import { stageQueues } from '../../shared/job/queue-figures.ts';
import { FixedClock } from '../../testkit/fakes/fixed.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { type LocalAws, type LocalQueue, startLocalAws } from '../local-aws.ts';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

const readerOf = (urlOf: (name: LocalQueue) => string) =>
  queueFigures(
    {
      STAGE: 'local',
      STANDARD_QUEUE_URL: urlOf('standard'),
      LONG_QUEUE_URL: urlOf('long'),
      SERVER_QUEUE_URL: urlOf('server'),
      ORDERED_QUEUE_URL: urlOf('ordered.fifo'),
      WAITING_QUEUE_URL: urlOf('waiting'),
      DEAD_LETTER_QUEUE_URL: urlOf('dead-letter'),
      ORDERED_DEAD_LETTER_QUEUE_URL: urlOf('dead-letter.fifo'),
      QUARANTINE_QUEUE_URL: urlOf('quarantine'),
      NOTIFY_QUEUE_URL: urlOf('notify'),
      NOTIFY_DEAD_LETTER_QUEUE_URL: urlOf('notify-dead-letter'),
    },
    { sqs: aws.sqs, clock: new FixedClock(), log: recordedLog() },
  );

const send = (name: LocalQueue, DelaySeconds = 0) =>
  aws.sqs.send(new SendMessageCommand({ QueueUrl: aws.queueUrl(name), MessageBody: 'a job', DelaySeconds }));

test('the figures of every queue are its own: what can be received, what was, what is delayed', async () => {
  await Promise.all([send('standard'), send('standard'), send('long'), send('waiting', 600)]);
  await Promise.all([send('quarantine'), send('notify-dead-letter'), send('notify-dead-letter')]);
  await aws.sqs.send(new ReceiveMessageCommand({ QueueUrl: aws.queueUrl('long') }));
  const figures = await readerOf(aws.queueUrl).read();
  const empty = { visible: 0, inFlight: 0, delayed: 0 };
  expect(figures).toEqual([
    { ...empty, name: 'standard', visible: 2 },
    { ...empty, name: 'long', inFlight: 1 },
    { ...empty, name: 'server' },
    { ...empty, name: 'ordered.fifo' },
    { ...empty, name: 'waiting', delayed: 1 },
    { ...empty, name: 'dead-letter' },
    { ...empty, name: 'dead-letter.fifo' },
    { ...empty, name: 'quarantine', visible: 1 },
    { ...empty, name: 'notify' },
    { ...empty, name: 'notify-dead-letter', visible: 2 },
  ]);
  expect(figures.map(({ name }) => name)).toEqual([...stageQueues]);
  expect(queueList.safeParse({ items: figures }).success).toBe(true);
});

test('a queue that cannot be asked is named', async () => {
  const reading = readerOf((name) => aws.queueUrl(name).replace(/quarantine$/, 'nowhere')).read();
  await expect(reading).rejects.toBeInstanceOf(QueueUnavailableError);
  await expect(reading).rejects.toThrow('the figures of the queue quarantine could not be read');
});
