import type { APIGatewayProxyStructuredResultV2, Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { LocalQueue } from '../local-aws.ts';
import type { httpEvent } from './events.ts';

export type Http = (event: ReturnType<typeof httpEvent>) => Promise<APIGatewayProxyStructuredResultV2>;
export type Sqs = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;
export type WorkedOff = Exclude<LocalQueue, 'unreadable'>;
type Folder = 'submit' | 'status' | 'control' | 'worker' | 'gate' | 'deadletter';

/** Every function, as its event source calls it. */
export interface Functions {
  readonly routes: Readonly<Record<'submit' | 'status' | 'cancel' | 'retry', Http>>;
  readonly bySource: Readonly<Record<WorkedOff, Sqs>>;
}

interface Deployment {
  readonly common: Readonly<Record<string, string>>;
  /** The URL of a queue. */
  readonly url: (name: LocalQueue) => string;
}

/** Loads every function's handler in the environment that it has: the same module anew for each function. */
export async function loadFunctions(deployment: Deployment): Promise<Functions> {
  const load = async (folder: Folder, own: Readonly<Record<string, string>> = {}) => {
    Object.assign(process.env, environmentOf(deployment), own);
    const path = `../../functions/${folder}/handler.ts?${own.QUEUE_URL ?? ''}`;
    return import(path);
  };
  const { url } = deployment;
  const sqs = async (folder: Folder, from: WorkedOff, deadLetters?: LocalQueue): Promise<Sqs> => {
    const { handler }: { handler: Sqs } = await load(folder, {
      QUEUE_URL: url(from),
      ...(deadLetters ? { DEAD_LETTER_QUEUE_URL: url(deadLetters) } : {}),
      HIDE_BEFORE_CLAIM: String(from !== 'standard'),
    });
    return handler;
  };
  const { handler: submit }: { handler: Http } = await load('submit');
  const { handler: status }: { handler: Http } = await load('status');
  const { cancel, retry }: { cancel: Http; retry: Http } = await load('control');
  return {
    routes: { submit, status, cancel, retry },
    bySource: {
      standard: await sqs('worker', 'standard', 'standard-dead-letter'),
      long: await sqs('worker', 'long', 'long-dead-letter'),
      'ordered.fifo': await sqs('worker', 'ordered.fifo', 'ordered-dead-letter.fifo'),
      waiting: await sqs('gate', 'waiting', 'waiting-dead-letter'),
      'standard-dead-letter': await sqs('deadletter', 'standard-dead-letter'),
      'long-dead-letter': await sqs('deadletter', 'long-dead-letter'),
      'ordered-dead-letter.fifo': await sqs('deadletter', 'ordered-dead-letter.fifo'),
      'waiting-dead-letter': await sqs('deadletter', 'waiting-dead-letter'),
    },
  };
}

const environmentOf = ({ common, url }: Deployment) => ({
  ...common,
  STANDARD_QUEUE_URL: url('standard'),
  LONG_QUEUE_URL: url('long'),
  ORDERED_QUEUE_URL: url('ordered.fifo'),
  WAITING_QUEUE_URL: url('waiting'),
  UNREADABLE_QUEUE_URL: url('unreadable'),
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  JOB_ID_SECRET: 'a secret of the integration tests',
  LEASE_SECONDS: '4',
  HEARTBEAT_SECONDS: '1',
  RETENTION_DAYS: '15',
});
