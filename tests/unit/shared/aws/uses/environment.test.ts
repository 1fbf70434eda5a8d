import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from '@jest/globals';
import * as admission from '../../../../../functions/admission/uses.ts';
import * as api from '../../../../../functions/api/uses.ts';
import * as bulk from '../../../../../functions/bulk/uses.ts';
import * as deadLetter from '../../../../../functions/dead-letter/uses.ts';
import * as longWorker from '../../../../../functions/long-worker/uses.ts';
import * as status from '../../../../../functions/status/uses.ts';
import * as submit from '../../../../../functions/submit/uses.ts';
import * as wait from '../../../../../functions/wait/uses.ts';
import * as worker from '../../../../../functions/worker/uses.ts';
import { s3ObjectStore } from '../../../../../shared/aws/objects/object-store.ts';
import { dynamoDbJobReader, dynamoDbJobStore } from '../../../../../shared/aws/records/job-store.ts';
import * as capabilities from '../../../../../shared/aws/uses/capabilities.ts';
import {
  keysOf,
  readEnvironment,
  type Uses,
  variablesOf,
} from '../../../../../shared/aws/uses/environment.ts';
import type { ResolveDependencies } from '../../../../../shared/delivery/resolve-delivery.ts';
import { ConfigError } from '../../../../../shared/domain/base/errors.ts';
import type { ObjectStore } from '../../../../../shared/domain/objects/object-ports.ts';

const queueUrl = 'https://sqs.eu-central-1.amazonaws.com/1/job-worker-prod-standard';
const complete = {
  STANDARD_QUEUE_URL: queueUrl,
  ORDERED_QUEUES: '1',
  WAITING_QUEUE_ARN: 'arn:aws:sqs:eu-central-1:1:waiting',
  DEAD_LETTER_QUEUE_ARN: 'arn:aws:sqs:eu-central-1:1:dead-letter',
  SCHEDULE_GROUP: 'job-worker-prod',
  SCHEDULE_ROLE_ARN: 'arn:aws:iam::1:role/scheduler',
  NOTIFY_SCHEDULE_ROLE_ARN: 'arn:aws:iam::1:role/notify-scheduler',
  SETUP: '',
  PUBLIC_URL: '',
  HTTP_API_ID: 'an-api',
  AWS_ENDPOINT_URL_HTTP_API: 'http://127.0.0.1:3000',
  WEBHOOK_HOSTS: '',
  NOTIFY: '',
  TABLE_NAME: 'jobs',
  BUCKET_NAME: 'bucket',
  KEEP_LOGS: 'false',
  KEEP_PAYLOAD: 'false',
  AWS_ENDPOINT_URL_CLOUDWATCH: 'http://127.0.0.1:9001',
  AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: 'http://127.0.0.1:9001',
  STACK_NAME: 'job-worker-prod',
  SERVERS: 'none',
  METRICS: 'queue',
  METRICS_NAMESPACE: 'job-worker-prod',
  OTEL_EXPORTER_OTLP_ENDPOINT: '',
  OTEL_SERVICE_NAME: 'job-worker-test',
  OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: '1',
  OTLP_HEADERS_FROM: '',
  LEASE_SECONDS: '60',
  HEARTBEAT_SECONDS: '20',
  UNKNOWN_TYPE_HOURS: '24',
  SPAWN_ALLOWANCE: '1000000',
  RETENTION_DAYS: '30',
  KEEP_CHILDREN_DAYS: '45',
  ACCESS_TABLE_NAME: 'access',
  AUTH: 'apiKey',
  JWT_TENANT_CLAIM: 'sub',
  STAGE: 'prod',
  LIST_SHARDS: '1',
  LIMITS: 'none',
  WAIT_SECONDS: '25',
  UPLOAD_RETENTION_DAYS: '30',
  MAIL_FROM: 'jobs@example.com',
  AWS_REGION: 'eu-central-1',
  AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9000',
};

/** Of a stage that sends nothing, and whose API has no domain of its own. */
const mayBeEmpty = variablesOf({
  stageSetup: capabilities.stageSetup,
  mail: capabilities.mail,
  publicUrl: capabilities.publicUrl,
  // OpenTelemetry takes an empty variable as none.
  traces: capabilities.traces,
});

/** The message of the ConfigError that it leads to. */
function messageOf(uses: Uses, environment: Record<string, string | undefined>): string {
  try {
    readEnvironment(uses, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
  }
  throw new Error('the environment was accepted');
}

describe.each(
  Object.entries({
    admission,
    api,
    bulk,
    'dead-letter': deadLetter,
    'long-worker': longWorker,
    status,
    submit,
    wait,
    worker,
  }),
)('the configuration of the %s function', (_name, uses) => {
  const keys = variablesOf(uses);
  // AWS itself is found without.
  const required = keys.filter((key) => !key.startsWith('AWS_ENDPOINT_URL_'));

  test('has every key of its uses, and no other, if the environment is complete', () => {
    expect(Object.keys(readEnvironment(uses, { ...complete, PATH: '/bin' })).sort()).toEqual(
      [...keysOf(uses)].sort(),
    );
  });

  test('names all missing keys at once', () => {
    const problems = required.map((key) => `${key} is missing`).join('; ');
    expect(messageOf(uses, {})).toBe(`The environment is not usable: ${problems}`);
  });

  test.each(required)('requires %s', (key) => {
    expect(messageOf(uses, { ...complete, [key]: undefined })).toBe(
      `The environment is not usable: ${key} is missing`,
    );
  });

  test.each(keys.filter((key) => !mayBeEmpty.includes(key)))('rejects an empty %s', (key) => {
    expect(messageOf(uses, { ...complete, [key]: '' })).toContain(`${key}: must`);
  });
});

test('mail may be set up for nobody', () => {
  const environment = { ...complete, MAIL_FROM: '' };
  expect(readEnvironment({ mail: capabilities.mail }, environment)).toEqual({ MAIL_FROM: '' });
});

describe.each(Object.entries({ worker, 'long-worker': longWorker, bulk }))(
  'the configuration of the %s function',
  (_name, uses) => {
    test('reads numbers', () => {
      expect(readEnvironment(uses, complete)).toMatchObject({
        LEASE_SECONDS: 60,
        HEARTBEAT_SECONDS: 20,
        RETENTION_DAYS: 30,
        KEEP_CHILDREN_DAYS: 45,
      });
    });

    test('requires a heartbeat interval of at most half the lease', () => {
      expect(readEnvironment(uses, { ...complete, HEARTBEAT_SECONDS: '30' }).HEARTBEAT_SECONDS).toBe(30);
      expect(messageOf(uses, { ...complete, HEARTBEAT_SECONDS: '31' })).toBe(
        'The environment is not usable: HEARTBEAT_SECONDS: may be at most half of LEASE_SECONDS: one beat may fail',
      );
    });
  },
);

describe.each(Object.entries({ api, status, submit, wait }))(
  'the configuration of the %s function',
  (_name, uses) => {
    test('allows AUTH none on the stage local only', () => {
      const none = { ...complete, AUTH: 'none' };
      expect(readEnvironment(uses, { ...none, STAGE: 'local' }).AUTH).toBe('none');
      for (const STAGE of ['dev', 'prod', 'Local', 'local2'])
        expect(messageOf(uses, { ...none, STAGE })).toBe(
          'The environment is not usable: AUTH: may be none only on the stage local',
        );
    });

    test.each(['None', 'apikey', 'open', ' '])('rejects the mode "%s"', (AUTH) => {
      expect(messageOf(uses, { ...complete, AUTH })).toContain(
        'AUTH: must be one of apiKey, jwt, apiKey,jwt, iam, none',
      );
    });
  },
);

describe('the URLs of queues', () => {
  const { jobQueues, queueFigures } = capabilities;
  const at = (STANDARD_QUEUE_URL: string) =>
    readEnvironment({ jobQueues, queueFigures }, { ...complete, STANDARD_QUEUE_URL });

  test.each([
    ['AWS', 'https://sqs.eu-central-1.amazonaws.com/123456789012/job-worker-prod-'],
    ['another partition', 'https://sqs.cn-north-1.amazonaws.com.cn/123456789012/job-worker-standard-'],
    ['an emulator', 'http://127.0.0.1:4711/000000000000/'],
  ])('follow from that of the standard queue: %s', (_where, prefix) => {
    expect(at(`${prefix}standard`)).toMatchObject({
      STANDARD_QUEUE_URL: `${prefix}standard`,
      LONG_QUEUE_URL: `${prefix}long`,
      SERVER_QUEUE_URL: `${prefix}server`,
      BULK_QUEUE_URL: `${prefix}bulk`,
      ORDERED_QUEUE_URL: `${prefix}ordered.fifo`,
      WAITING_QUEUE_URL: `${prefix}waiting`,
      DEAD_LETTER_QUEUE_URL: `${prefix}dead-letter`,
      ORDERED_DEAD_LETTER_QUEUE_URL: `${prefix}dead-letter.fifo`,
      QUARANTINE_QUEUE_URL: `${prefix}quarantine`,
      NOTIFY_QUEUE_URL: `${prefix}notify`,
      NOTIFY_DEAD_LETTER_QUEUE_URL: `${prefix}notify-dead-letter`,
    });
  });

  test('follow from no other queue', () => {
    expect(() => at('https://sqs.eu-central-1.amazonaws.com/1/job-worker-prod-long')).toThrow(
      'The environment is not usable: STANDARD_QUEUE_URL: must end with standard',
    );
  });

  test('are not read from variables of their own, which a job type might have', () => {
    const env = readEnvironment(
      { notifyEnds: capabilities.notifyEnds },
      { ...complete, NOTIFY_QUEUE_URL: 'https://elsewhere.example/' },
    );
    expect(env.NOTIFY_QUEUE_URL).toBe(queueUrl.replace(/standard$/, 'notify'));
  });
});

describe('readEnvironment', () => {
  const { jobRetention, leases, readJobs, receiveStandard } = capabilities;
  const uses = { receiveStandard, readJobs, leases, jobRetention };
  const good = {
    STANDARD_QUEUE_URL: queueUrl,
    TABLE_NAME: 'x',
    LEASE_SECONDS: '2',
    HEARTBEAT_SECONDS: '1',
    UNKNOWN_TYPE_HOURS: '24',
    SPAWN_ALLOWANCE: '1000000',
    KEEP_LOGS: 'false',
    RETENTION_DAYS: '15',
    KEEP_CHILDREN_DAYS: '15',
  };

  test('reports unusable values together with missing keys, and does not show the values', () => {
    const wrong = { STANDARD_QUEUE_URL: 'secret', LEASE_SECONDS: 'secret', RETENTION_DAYS: undefined };
    const message = messageOf(uses, { ...good, ...wrong });
    expect(message).toBe(
      'The environment is not usable: STANDARD_QUEUE_URL: must end with standard; LEASE_SECONDS: must be a whole number, at least 2; RETENTION_DAYS is missing',
    );
    expect(message).not.toContain('secret');
  });

  test('names a key once that two capabilities miss', () => {
    const { jobTable } = capabilities;
    expect(messageOf({ readJobs, jobTable }, {})).toBe(
      'The environment is not usable: TABLE_NAME is missing',
    );
  });

  test.each(['1', '0', '-5', '2.5', 'two', '2s', 'NaN', 'Infinity', ' '])(
    'rejects "%s" as a number of seconds',
    (LEASE_SECONDS) => {
      expect(messageOf(uses, { ...good, LEASE_SECONDS })).toContain(
        'LEASE_SECONDS: must be a whole number, at least 2',
      );
    },
  );

  test('rejects a retention of 14 days, because an invisible duplicate of a message could outlive it', () => {
    expect(readEnvironment(uses, good).RETENTION_DAYS).toBe(15);
    expect(messageOf(uses, { ...good, RETENTION_DAYS: '14' })).toContain(
      'RETENTION_DAYS: must be a whole number, at least 15',
    );
    expect(messageOf(uses, { ...good, KEEP_CHILDREN_DAYS: '14' })).toContain(
      'KEEP_CHILDREN_DAYS: must be a whole number, at least 15',
    );
  });

  test('gives adapters what is used alone: another one does not compile', () => {
    const env = readEnvironment({ readJobs }, good);
    const client = new DynamoDBClient({ region: 'eu-central-1' });
    dynamoDbJobReader(client, env);
    // @ts-expect-error: who may read may not write.
    dynamoDbJobStore(client, env);
    // @ts-expect-error: a text is no proof of a right.
    dynamoDbJobReader(client, { TABLE_NAME: 'x' });
    const bare = dynamoDbJobStore(client, readEnvironment({ jobTable: capabilities.jobTable }, good));
    // @ts-expect-error: an item has no room for every message, so who makes a job wait or end needs the other table.
    const store: ResolveDependencies['store'] = bare;
    expect(store).toBe(bare);
    client.destroy();
  });

  test('gives each face of the bucket to who has its right', () => {
    const inBucket = { ...good, BUCKET_NAME: 'bucket', AWS_REGION: 'eu-central-1' };
    const { readInputs, storeAnswers } = capabilities;
    const reads = s3ObjectStore(readEnvironment({ readInputs }, inBucket));
    const answers = s3ObjectStore(readEnvironment({ storeAnswers }, inBucket));
    // @ts-expect-error: who may read may not write.
    const written: Pick<ObjectStore, 'put'> = reads;
    // @ts-expect-error: who may read may not delete.
    const deleted: Pick<ObjectStore, 'delete'> = reads;
    // @ts-expect-error: who may write may not read.
    const read: Pick<ObjectStore, 'read'> = answers;
    const all: ObjectStore = s3ObjectStore(readEnvironment({ readInputs, storeAnswers }, inBucket));
    expect([written, deleted, read, all].map((each) => typeof each)).toEqual(Array(4).fill('object'));
  });
});
