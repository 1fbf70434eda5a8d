import { AsyncLocalStorage } from 'node:async_hooks';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
  SQSBatchResponse,
  SQSEvent,
} from 'aws-lambda';
import { stackName } from '../../local/local-aws.ts';
import type { AuthMode } from '../../shared/domain/access/auth-mode.ts';
import type { HttpFunction } from '../../shared/http/routes.ts';
import type { LocalQueue } from '../local-aws.ts';
import { projectDir } from '../project-copy.ts';
import { bundleFunctions, readService } from '../system/kept-service.ts';
import { arnOf, roleArn } from './local-schedules.ts';

export type Http = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;
export type Sqs = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;
/** The queues that are event sources. */
export type Source = Exclude<LocalQueue, 'server' | 'quarantine' | 'notify-dead-letter'>;

/** Every function, with the parameters that its event source passes. */
export interface Functions {
  readonly routes: Readonly<Record<HttpFunction, Http>>;
  readonly bySource: Readonly<Record<Source, Sqs>>;
}

export interface Deployment {
  readonly common: Readonly<Record<string, string>>;
  readonly auth: AuthMode;
  /** What the environment has beside that, or instead. */
  readonly more?: Readonly<Record<string, string>>;
  /** Of the role of each function, by its name in serverless.yml. */
  readonly accessKeys: Readonly<Record<string, string>>;
  /** The URL of a queue. */
  readonly url: (name: LocalQueue) => string;
}

/** The access key of the function that runs: all functions of a system share the environment of this process. */
const accessKey = new AsyncLocalStorage<string | undefined>();
process.env = new Proxy(process.env, {
  get: (environment, name) =>
    (name === 'AWS_ACCESS_KEY_ID' ? accessKey.getStore() : undefined) ?? Reflect.get(environment, name),
  set: (environment, name, value) => Reflect.set(environment, name, value),
});

/** As serverless.yml names it. @param folder of the function, such as `long-worker` */
export const functionNameOf = (folder: string): string =>
  folder.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/** Each system has functions of its own: a function reads its environment once, when it is loaded. */
let systems = 0;

/** Loads the bundles of all functions, with an environment as in a deployment. */
export async function loadFunctions(deployment: Deployment): Promise<Functions> {
  Object.assign(process.env, environmentOf(deployment));
  const bundles = await bundleFunctions(projectDir, await readService(projectDir, new Map()));
  systems += 1;
  const load = (name: string) =>
    import(`${pathToFileURL(join(bundles, 'functions', name, 'handler.mjs')).href}?system=${systems}`);
  const as = <Answer>(name: string, run: () => Answer): Answer =>
    accessKey.run(deployment.accessKeys[functionNameOf(name)], run);
  const http = async (name: HttpFunction): Promise<Http> => {
    const { handler } = await as(name, () => load(name));
    return (event, context) => as(name, () => handler(event, context));
  };
  const sqs = async (name: string): Promise<Sqs> => {
    const { handler } = await as(name, () => load(name));
    return (event, context) => as(name, () => handler(event, context, () => undefined));
  };
  const [submit, status, wait, api, pages] = await Promise.all([
    http('submit'),
    http('status'),
    http('wait'),
    http('api'),
    http('pages'),
  ]);
  const [worker, longWorker, bulk, admission, deadLetter, notify] = await Promise.all([
    sqs('worker'),
    sqs('long-worker'),
    sqs('bulk'),
    sqs('admission'),
    sqs('dead-letter'),
    sqs('notify'),
  ]);
  return {
    routes: { submit, status, wait, api, pages },
    bySource: {
      standard: worker,
      long: longWorker,
      bulk,
      'ordered.fifo': longWorker,
      'ordered-2.fifo': longWorker,
      waiting: admission,
      'dead-letter': deadLetter,
      'dead-letter.fifo': deadLetter,
      notify,
      'notify-slow': notify,
    },
  };
}

export const environmentOf = ({ common, url, auth, more = {} }: Deployment) => ({
  ...common,
  STANDARD_QUEUE_URL: url('standard'),
  ORDERED_QUEUES: '1',
  WAITING_QUEUE_ARN: arnOf('waiting'),
  DEAD_LETTER_QUEUE_ARN: arnOf('dead-letter'),
  NOTIFY_QUEUE_ARN: arnOf('notify'),
  NOTIFY_DEAD_LETTER_QUEUE_ARN: arnOf('notify-dead-letter'),
  SCHEDULE_GROUP: 'schedules',
  SCHEDULE_ROLE_ARN: roleArn,
  NOTIFY_SCHEDULE_ROLE_ARN: roleArn,
  UV_THREADPOOL_SIZE: '32',
  // A test that reads the log has set its level.
  POWERTOOLS_LOG_LEVEL: process.env.POWERTOOLS_LOG_LEVEL ?? 'SILENT',
  AUTH: auth,
  STAGE: auth === 'none' ? 'local' : 'test',
  JWT_TENANT_CLAIM: 'sub',
  KEEP_LOGS: 'false',
  KEEP_PAYLOAD: 'false',
  STACK_NAME: stackName,
  SERVERS: 'none',
  // They would stand among the lines of the tests: a system as a process of its own writes them.
  METRICS: 'off',
  METRICS_NAMESPACE: 'job-worker-test',
  OTEL_EXPORTER_OTLP_ENDPOINT: '',
  OTEL_SERVICE_NAME: 'job-worker-test',
  OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: '1',
  OTLP_HEADERS_FROM: '',
  LEASE_SECONDS: '4',
  HEARTBEAT_SECONDS: '1',
  UNKNOWN_TYPE_HOURS: '24',
  SPAWN_ALLOWANCE: '1000000',
  RETENTION_DAYS: '15',
  KEEP_CHILDREN_DAYS: '15',
  BUCKET_NAME: 'bucket',
  UPLOAD_RETENTION_DAYS: '30',
  LIST_SHARDS: '1',
  LIMITS: 'none',
  WAIT_SECONDS: '25',
  PUBLIC_URL: '',
  HTTP_API_ID: 'local',
  WEBHOOK_HOSTS: '127.0.0.1',
  MAIL_FROM: '',
  NOTIFY: '',
  // As if the bus had been removed after the submission: `notify` knows of none.
  SETUP: 'eventBus',
  EVENT_BUS: '',
  ...more,
});
