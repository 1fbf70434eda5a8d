import { randomUUID } from 'node:crypto';
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import { defineJob } from '../../shared/author/contract.ts';
import { receiveStandard, sendToLong, sendToServer } from '../../shared/aws/capabilities.ts';
import { dynamoDbClient, sqsClient } from '../../shared/aws/clients.ts';
import { EmfMeters } from '../../shared/aws/emf-meters.ts';
import { readEnvironment } from '../../shared/aws/environment.ts';
import { workerPorts } from '../../shared/aws/worker-ports.ts';
import * as workerUses from '../../shared/aws/worker-uses.ts';
import { ParentNotifier } from '../../shared/delivery/notify-parent.ts';
import type { Log } from '../../shared/domain/base/ports.ts';
import { plainVersion } from '../../shared/domain/base/version.ts';
import { type JobMessage, writeMessage } from '../../shared/domain/state/message.ts';
import { submitWrite } from '../../shared/domain/state/message-writes.ts';
import type { WorkerDependencies } from '../../shared/worker/before-claim.ts';
import { RecentRoots } from '../../shared/worker/recent-roots.ts';

/** A job type that does nothing, and the worker of this project that runs it, on the emulators of the environment. */

const contracts = {
  nothing: defineJob({
    payload: z.object({ number: z.int() }),
    result: z.object({ number: z.int() }),
    timeoutSeconds: 30,
    maxAttempts: 3,
  }),
};

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const url = (name: string): string => `${process.env.AWS_ENDPOINT_URL_SQS}/000000000000/${name}`;
const uses = { ...workerUses, receiveStandard, sendToLong, sendToServer };
const env = readEnvironment(uses, {
  ...process.env,
  TABLE_NAME: 'jobs',
  BUCKET_NAME: 'bucket',
  STANDARD_QUEUE_URL: url('standard'),
  LONG_QUEUE_URL: url('long'),
  SERVER_QUEUE_URL: url('server'),
  WAITING_QUEUE_URL: url('waiting'),
  NOTIFY_QUEUE_URL: url('notify'),
  QUARANTINE_QUEUE_URL: url('quarantine'),
  KEEP_LOGS: 'false',
  METRICS: 'queue',
  METRICS_NAMESPACE: 'bench',
  LEASE_SECONDS: '60',
  HEARTBEAT_SECONDS: '20',
  RETENTION_DAYS: '30',
  UNKNOWN_TYPE_HOURS: '24',
  SPAWN_ALLOWANCE: '1000',
  OTEL_EXPORTER_OTLP_ENDPOINT: '',
  OTEL_SERVICE_NAME: '',
  OTEL_TRACES_SAMPLER: '',
  OTEL_TRACES_SAMPLER_ARG: '',
  OTLP_HEADERS_FROM: '',
  KEEP_CHILDREN_DAYS: '30',
});

export const sqs = sqsClient();
export const queueUrl = env.STANDARD_QUEUE_URL;

/** They write as a function's do, and to nobody. */
export const meters = new EmfMeters({ METRICS: 'queue', METRICS_NAMESPACE: 'bench' }, () => {});

const { worker, workerOn } = workerPorts(env, { contracts, sqs, dynamoDb: dynamoDbClient(), log: silent });

export const ourWorker = (): WorkerDependencies => ({
  ...workerOn(queueUrl),
  family: new ParentNotifier(worker),
  recentRoots: new RecentRoots(worker),
  childQueues: {},
  meter: meters.on('standard'),
  otherRunQueues: {},
  handlers: { nothing: async ({ number }: { number: number }) => ({ number }) },
  changeVisibilityBeforeClaim: false,
});

/** Submits jobs as the API does: the message is sent, and the item is written. */
export async function submitJobs(count: number): Promise<void> {
  const { store } = ourWorker();
  const messages = Array.from({ length: count }, (_, number) => messageOf(number));
  for (let from = 0; from < count; from += 10) {
    const batch = messages.slice(from, from + 10);
    await sendAll(sqs, batch.map(writeMessage));
    await Promise.all(batch.map((message) => store.write(submitWrite(message))));
  }
}

export async function sendAll(client: SQSClient, bodies: readonly string[]): Promise<void> {
  const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
  await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
}

const messageOf = (number: number): JobMessage => ({
  version: plainVersion,
  id: randomUUID(),
  run: 1,
  tenant: 'bench',
  type: 'nothing',
  payload: { number },
  fingerprint: 'f'.repeat(43),
  submittedAt: Date.now(),
  options: { maxAttempts: 3 },
});
