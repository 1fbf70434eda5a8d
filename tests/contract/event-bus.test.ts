import {
  CreateEventBusCommand,
  type EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventBridgeBus } from '../../shared/aws/notify/event-bus.ts';
import { EventNotTakenError } from '../../shared/domain/base/errors.ts';
import { sendEvent } from '../../shared/notify/send-event.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { aNotification } from '../set-ups/notify.ts';
import { startReceiver } from '../set-ups/receiver.ts';
import { jobId } from '../set-ups/samples.ts';
import { checkRequestsOfClients, testedEventBridgeClient } from './lean/tested-clients.ts';
import { describeWithMoto, motoEndpoint } from './shared-services.ts';

const region = 'eu-central-1';
const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
const event = {
  source: 'job-worker',
  detailType: 'Job failed',
  time: t0,
  detail: { specversion: '1.0', text: 'ü 🎈' },
};
afterAll(checkRequestsOfClients);

const clientAt = (endpoint: string) =>
  testedEventBridgeClient({ endpoint, region, credentials, maxAttempts: 1 });

describeWithMoto('a bus of EventBridge (needs python3-moto)', () => {
  let events: EventBridgeClient;
  let sqs: SQSClient;
  let queueUrl: string;
  beforeAll(async () => {
    events = clientAt(motoEndpoint);
    sqs = new SQSClient({ endpoint: motoEndpoint, region, credentials });
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'told' }));
    queueUrl = QueueUrl;
    await events.send(new CreateEventBusCommand({ Name: 'jobs' }));
    const rule = { Name: 'failed', EventBusName: 'jobs' };
    const EventPattern = JSON.stringify({ source: ['job-worker'], 'detail-type': ['Job failed'] });
    await events.send(new PutRuleCommand({ ...rule, EventPattern }));
    const Arn = `arn:aws:sqs:${region}:123456789012:told`;
    const { Name: Rule, EventBusName } = rule;
    await events.send(new PutTargetsCommand({ Rule, EventBusName, Targets: [{ Id: 'queue', Arn }] }));
  });
  afterAll(async () => {
    events?.destroy();
    sqs?.destroy();
  });

  /** What a rule of the bus has sent to its queue. */
  async function published(): Promise<readonly unknown[]> {
    const input = { QueueUrl: queueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 60 };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(input));
    return Messages.map(({ Body = '' }) => JSON.parse(Body));
  }

  test('brings an event to the targets of its rules', async () => {
    await eventBridgeBus(events, 'jobs').put(event);
    expect(await published()).toMatchObject([
      { source: 'job-worker', 'detail-type': 'Job failed', detail: event.detail },
    ]);
  });

  test('brings the end of a job to the targets of its rules', async () => {
    const attempt = await sendEvent(aNotification(), { bus: eventBridgeBus(events, 'jobs'), stage: 'prod' });
    expect(attempt).toEqual({ kind: 'delivered' });
    expect(await published()).toMatchObject([{ detail: { id: `${jobId}_1_failed`, data: { id: jobId } } }]);
  });
});

describe('a bus of EventBridge throws an EventNotTakenError', () => {
  test('if it cannot be reached', async () => {
    const client = clientAt('http://127.0.0.1:1');
    await expect(eventBridgeBus(client, 'jobs').put(event)).rejects.toThrow(EventNotTakenError);
    client.destroy();
  });

  // AWS answers with 200 if it takes none of the events, too.
  test('if it says so of the event, with the code alone', async () => {
    const refused = { ErrorCode: 'ThrottlingException', ErrorMessage: 'arn:aws:events:a secret' };
    const answer = JSON.stringify({ FailedEntryCount: 1, Entries: [refused] });
    const service = await startReceiver((_request, response) => response.end(answer), { isPlain: true });
    const client = clientAt(`http://127.0.0.1:${service.port}`);
    await expect(eventBridgeBus(client, 'jobs').put(event)).rejects.toThrow(
      new EventNotTakenError('EventBridge: ThrottlingException'),
    );
    client.destroy();
    await service.stop();
  });
});
