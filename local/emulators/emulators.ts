import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { guard, ownProcessesOnly } from '../doors/door.ts';
import { credentials, emulatorServers, region } from '../local-aws.ts';
import { lockDataDir } from '../machine/lock-data-dir.ts';
import { makeTemporaryFolder } from '../machine/temporary-folder.ts';
import { objectsFolder, startObjectServer } from '../objects/object-server.ts';
import { deliverFairly } from '../queues/fair-queues.ts';
import { fauxqsInMemory, fauxqsOnDisk } from '../queues/fauxqs-storage.ts';
import { returnUndelivered } from '../queues/undelivered-messages.ts';
import { readQueueCalls, readTableCalls } from '../rights/calls.ts';
import { type ScheduleTiming, schedulesFolder, startScheduleServer } from '../schedules/schedule-server.ts';
import { parseExpressionsOnce } from '../tables/parsed-expressions.ts';
import { useSpillingStore } from '../tables/spilling-store.ts';

export interface EmulatorOptions {
  readonly dataDir?: string | undefined;
  /** Names of this machine besides those of the loopback interface. */
  readonly allowedHosts?: readonly string[];
  /** By which clock schedules fire, and when within their minute. */
  readonly schedules?: ScheduleTiming;
}

export interface Emulators {
  readonly sqsEndpoint: string;
  readonly dynamoDbEndpoint: string;
  readonly s3Endpoint: string;
  readonly schedulerEndpoint: string;
  stop(): Promise<void>;
}

interface Emulator {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const loopback = '127.0.0.1';
const endpointOf = (port: number): string => `http://${loopback}:${port}`;

/**
 * Starts SQS, DynamoDB, S3 and EventBridge Scheduler in this process, on free ports. Their data is in memory (that of
 * S3 in a temporary folder), or in `dataDir`, where it outlives the process, however the process ends.
 * @throws LocalAwsError if another process uses `dataDir`
 */
export async function startEmulators({
  dataDir,
  allowedHosts = [],
  schedules,
}: EmulatorOptions = {}): Promise<Emulators> {
  const lock = dataDir === undefined ? undefined : lockDataDir(dataDir);
  const [sqs, dynamoDb, s3] = await Promise.all([
    startSqs(dataDir, allowedHosts),
    startDynamoDb(dataDir, allowedHosts),
    dataDir === undefined
      ? startS3InTemporaryFolder(allowedHosts)
      : startS3(objectsFolder(dataDir), allowedHosts),
  ]);
  const scheduler = await startScheduleServer({
    sqsEndpoint: sqs.endpoint,
    allowedHosts,
    folder: dataDir === undefined ? undefined : schedulesFolder(dataDir),
    ...schedules,
  });
  return {
    sqsEndpoint: sqs.endpoint,
    dynamoDbEndpoint: dynamoDb.endpoint,
    s3Endpoint: s3.endpoint,
    schedulerEndpoint: endpointOf(scheduler.port),
    async stop() {
      await scheduler.stop();
      await Promise.all([sqs.stop(), dynamoDb.stop(), s3.stop()]);
      lock?.close();
    },
  };
}

async function startSqs(dataDir: string | undefined, allowedHosts: readonly string[]): Promise<Emulator> {
  const { app, queues } = dataDir === undefined ? await fauxqsInMemory() : await fauxqsOnDisk(dataDir);
  deliverFairly(app, queues);
  returnUndelivered(app);
  guard(app.server, ownProcessesOnly(allowedHosts, readQueueCalls));
  const endpoint = await app.listen({ port: 0, host: loopback });
  return findable({ endpoint, stop: async () => app.close() }, app.server);
}

async function startS3(folder: string, allowedHosts: readonly string[]): Promise<Emulator> {
  const server = await startObjectServer({ folder, allowedHosts, signer: { ...credentials, region } });
  return { endpoint: endpointOf(server.port), stop: () => server.stop() };
}

/** Bodies may be larger than the memory. */
async function startS3InTemporaryFolder(allowedHosts: readonly string[]): Promise<Emulator> {
  const { folder, remove } = makeTemporaryFolder('objects');
  const { endpoint, stop } = await startS3(folder, allowedHosts);
  return {
    endpoint,
    async stop() {
      await stop();
      remove();
    },
  };
}

async function startDynamoDb(
  dataDir: string | undefined,
  allowedHosts: readonly string[],
): Promise<Emulator> {
  useSpillingStore();
  const { default: dynalite } = await import('dynalite');
  parseExpressionsOnce();
  const server = dynalite({
    createTableMs: 0,
    ...(dataDir === undefined ? {} : { path: join(dataDir, 'dynamodb') }),
  });
  guard(server, ownProcessesOnly(allowedHosts, readTableCalls));
  server.listen(0, loopback);
  await once(server, 'listening');
  const endpoint = endpointOf(portOf(server.address()));
  return findable({ endpoint, stop: closingWhenAnswered(server) }, server);
}

/** Lets a proxy of this process find the server of an emulator, until the emulator stops. */
function findable({ endpoint, stop }: Emulator, server: Server): Emulator {
  emulatorServers.set(endpoint, server);
  return {
    endpoint,
    async stop() {
      emulatorServers.delete(endpoint);
      await stop();
    },
  };
}

const lookMs = 10;
/** Of a stop: no call takes so long. Two seconds were too few where thirty processes shared two cores. */
const answeredMs = 10_000;

/**
 * A call that dynalite still answers needs its database, and without that it throws where nobody catches, which ends
 * the process. So the server is closed when no call is left, also none whose caller is gone. @returns what closes it
 */
function closingWhenAnswered(server: Server): () => Promise<void> {
  const answers = new Set<ServerResponse>();
  /** Of a call whose body is not there, dynalite has not begun. */
  const isAnswering = ({ req, writableEnded }: ServerResponse): boolean => req.complete && !writableEnded;
  server.on('request', (_request, response: ServerResponse) => {
    for (const each of answers)
      if (each.writableEnded || (each.destroyed && !each.req.complete)) answers.delete(each);
    answers.add(response);
  });
  return async () => {
    const until = Date.now() + answeredMs;
    while ([...answers].some(isAnswering) && Date.now() < until) await setTimeout(lookMs);
    await new Promise<void>((resolve, reject) => {
      // Dynalite replaces `close`: it closes its database after the server, and only then calls back.
      server.close((error) => (error ? reject(error) : resolve()));
      server.closeAllConnections();
    });
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port');
  return address.port;
}
