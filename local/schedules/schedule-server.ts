import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import { systemClock, systemRandom } from '../../shared/aws/clients/clients.ts';
import type { Clock, Random } from '../../shared/domain/base/ports.ts';
import { readJson } from '../../shared/domain/base/read-json.ts';
import { guard, ownProcessesOnly } from '../doors/door.ts';
import { credentials, region } from '../local-aws.ts';
import { readScheduleCalls } from '../rights/calls.ts';
import { type AnswerDependencies, answerRequest, type SchedulerRequest } from './answer-request.ts';
import { ScheduleInvoker } from './invoke-schedules.ts';
import { planner } from './plan-next.ts';
import { ScheduleStore } from './schedule-store.ts';
import { SchedulerError } from './scheduler-error.ts';

/** The machine's clock, and any time within the minute, unless a test says otherwise. */
export interface ScheduleTiming {
  readonly clock?: Clock;
  readonly random?: Pick<Random, 'fraction'>;
}

export interface ScheduleServerOptions extends ScheduleTiming {
  /** Where the queues are. */
  readonly sqsEndpoint: string;
  /** Names of this machine besides those of the loopback interface. */
  readonly allowedHosts?: readonly string[];
  /** Where one-time schedules are kept. Without it, they end with the process. */
  readonly folder?: string | undefined;
}

export interface ScheduleServer {
  readonly port: number;
  stop(): Promise<void>;
}

const loopback = '127.0.0.1';

/** The folder of the schedules in a data directory. */
export const schedulesFolder = (dataDir: string): string => join(dataDir, 'schedules');

/**
 * Starts the EventBridge Scheduler of this machine, on a free port of the loopback interface. It knows schedules whose
 * target is a standard queue of this machine. A one-time schedule that came due while it was off fires at once.
 */
export async function startScheduleServer({
  sqsEndpoint,
  allowedHosts = [],
  folder,
  clock = systemClock,
  random = systemRandom,
}: ScheduleServerOptions): Promise<ScheduleServer> {
  const store = new ScheduleStore(folder);
  const sqs = new SQSClient({ endpoint: sqsEndpoint, region, credentials });
  const planNext = planner(random);
  const invoker = new ScheduleInvoker({ store, sqs, sqsEndpoint, clock, planNext });
  const deps = { store, now: () => clock.now(), planNext };
  const server = createServer((incoming, response) => {
    void respond(incoming, response, deps).then(() => invoker.wake());
  });
  guard(server, ownProcessesOnly(allowedHosts, readScheduleCalls));
  server.listen(0, loopback);
  await once(server, 'listening');
  invoker.start();
  return {
    port: z.object({ port: z.int() }).parse(server.address()).port,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await invoker.stop();
      sqs.destroy();
      store.close();
    },
  };
}

async function respond(
  incoming: IncomingMessage,
  response: ServerResponse,
  deps: AnswerDependencies,
): Promise<void> {
  try {
    const answer = answerRequest(requestOf(incoming, await text(incoming)), deps);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  } catch (error) {
    refuse(response, error);
  }
}

/** @throws SchedulerError if it cannot be read */
function requestOf({ method = '', url = '/' }: IncomingMessage, sent: string): SchedulerRequest {
  try {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    const path = pathname.split('/').map(decodeURIComponent);
    return { method, path, query: searchParams, body: sent === '' ? undefined : readJson(sent) };
  } catch {
    throw new SchedulerError('ValidationException', 'The address or the body cannot be read.');
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  if (!(error instanceof SchedulerError))
    console.error('The EventBridge Scheduler of this machine failed:', error);
  const known =
    error instanceof SchedulerError ? error : new SchedulerError('InternalServerException', 'internal error');
  response.writeHead(known.status, { 'content-type': 'application/json', 'x-amzn-errortype': known.code });
  response.end(JSON.stringify({ Message: known.message }));
}
