import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { configSchema as admission } from '../../../../functions/admission/config.ts';
import { configSchema as api } from '../../../../functions/api/config.ts';
import { configSchema as deadLetter } from '../../../../functions/dead-letter/config.ts';
import { configSchema as longWorker } from '../../../../functions/long-worker/config.ts';
import { configSchema as status } from '../../../../functions/status/config.ts';
import { configSchema as submit } from '../../../../functions/submit/config.ts';
import { configSchema as wait } from '../../../../functions/wait/config.ts';
import { configSchema as worker } from '../../../../functions/worker/config.ts';
import {
  mailKeys,
  nonEmpty,
  parseConfig,
  retentionDays,
  setupKeys,
  url,
  wholeNumber,
} from '../../../../shared/aws/config.ts';
import { ConfigError } from '../../../../shared/domain/base/errors.ts';

const queueUrl = 'https://sqs.eu-central-1.amazonaws.com/1/a-queue';
const complete = {
  STANDARD_QUEUE_URL: queueUrl,
  LONG_QUEUE_URL: queueUrl,
  SERVER_QUEUE_URL: queueUrl,
  ORDERED_QUEUE_URL: queueUrl,
  WAITING_QUEUE_URL: queueUrl,
  DEAD_LETTER_QUEUE_URL: queueUrl,
  ORDERED_DEAD_LETTER_QUEUE_URL: queueUrl,
  QUARANTINE_QUEUE_URL: queueUrl,
  NOTIFY_QUEUE_URL: queueUrl,
  NOTIFY_DEAD_LETTER_QUEUE_URL: queueUrl,
  WAITING_QUEUE_ARN: 'arn:aws:sqs:eu-central-1:1:waiting',
  DEAD_LETTER_QUEUE_ARN: 'arn:aws:sqs:eu-central-1:1:dead-letter',
  SCHEDULE_GROUP: 'job-worker-prod',
  SCHEDULE_ROLE_ARN: 'arn:aws:iam::1:role/scheduler',
  NOTIFY_SCHEDULE_ROLE_ARN: 'arn:aws:iam::1:role/notify-scheduler',
  SETUP: 'mailFrom= eventBus=',
  WEBHOOK_HOSTS: '',
  MAIL_TO: '',
  NOTIFY: '',
  TABLE_NAME: 'jobs',
  BUCKET_NAME: 'bucket',
  LEASE_SECONDS: '60',
  HEARTBEAT_SECONDS: '20',
  RETENTION_DAYS: '30',
  ACCESS_TABLE_NAME: 'access',
  AUTH: 'apiKey',
  JWT_TENANT_CLAIM: 'sub',
  STAGE: 'prod',
  LIST_SHARDS: '1',
  UPLOAD_RETENTION_DAYS: '30',
  MAIL_FROM: 'jobs@example.com',
  AWS_REGION: 'eu-central-1',
  AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9000',
};

/** Of a stage that sends nothing. */
const mayBeEmpty: readonly string[] = Object.keys({ ...setupKeys, ...mailKeys });

/** The message of the ConfigError that the schema leads to. */
function messageOf(schema: z.ZodMiniType, environment: Record<string, string | undefined>): string {
  try {
    parseConfig(schema, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
  }
  throw new Error('the environment was accepted');
}

describe.each(
  Object.entries({
    admission,
    api,
    'dead-letter': deadLetter,
    'long-worker': longWorker,
    status,
    submit,
    wait,
    worker,
  }),
)('the configuration of the %s function', (_name, schema) => {
  const keys = Object.keys(schema.shape) as (keyof typeof complete)[];
  // AWS itself is found without.
  const required = keys.filter((key) => key !== 'AWS_ENDPOINT_URL_S3');

  test('has every key of its schema, and no other, if the environment is complete', () => {
    expect(Object.keys(parseConfig(schema, { ...complete, PATH: '/bin' })).sort()).toEqual([...keys].sort());
  });

  test('names all missing keys at once', () => {
    const problems = required.map((key) => `${key} is missing`).join('; ');
    expect(messageOf(schema, {})).toBe(`The environment is not usable: ${problems}`);
  });

  test.each(required)('requires %s', (key) => {
    expect(messageOf(schema, { ...complete, [key]: undefined })).toBe(
      `The environment is not usable: ${key} is missing`,
    );
  });

  test.each(keys.filter((key) => !mayBeEmpty.includes(key)))('rejects an empty %s', (key) => {
    expect(messageOf(schema, { ...complete, [key]: '' })).toContain(`${key}: must`);
  });
});

test('the long worker starts on a stage that sends no mail', () => {
  const environment = { ...complete, MAIL_FROM: '', MAIL_TO: '' };
  expect(parseConfig(longWorker, environment)).toMatchObject({ MAIL_FROM: '', MAIL_TO: '' });
});

describe.each(Object.entries({ worker, 'long-worker': longWorker }))(
  'the configuration of the %s function',
  (_name, schema) => {
    test('reads numbers', () => {
      expect(parseConfig(schema, complete)).toMatchObject({
        LEASE_SECONDS: 60,
        HEARTBEAT_SECONDS: 20,
        RETENTION_DAYS: 30,
      });
    });

    test('requires a heartbeat interval of at most half the lease', () => {
      expect(parseConfig(schema, { ...complete, HEARTBEAT_SECONDS: '30' }).HEARTBEAT_SECONDS).toBe(30);
      expect(messageOf(schema, { ...complete, HEARTBEAT_SECONDS: '31' })).toBe(
        'The environment is not usable: HEARTBEAT_SECONDS: may be at most half of LEASE_SECONDS: one beat may fail',
      );
    });
  },
);

describe.each(Object.entries({ api, status, submit, wait }))(
  'the configuration of the %s function',
  (_name, schema) => {
    test('allows AUTH none on the stage local only', () => {
      const none = { ...complete, AUTH: 'none' };
      expect(parseConfig(schema, { ...none, STAGE: 'local' }).AUTH).toBe('none');
      for (const STAGE of ['dev', 'prod', 'Local', 'local2'])
        expect(messageOf(schema, { ...none, STAGE })).toBe(
          'The environment is not usable: AUTH: may be none only on the stage local',
        );
    });

    test.each(['None', 'apikey', 'open', ' '])('rejects the mode "%s"', (AUTH) => {
      expect(messageOf(schema, { ...complete, AUTH })).toContain(
        'AUTH: must be one of apiKey, jwt, iam, none',
      );
    });
  },
);

describe('parseConfig', () => {
  const schema = z.object({ A_URL: url, A_TEXT: nonEmpty, SECONDS: wholeNumber(2), DAYS: retentionDays });
  const good = { A_URL: queueUrl, A_TEXT: 'x', SECONDS: '2', DAYS: '15' };

  test('reports unusable values together with missing keys, and does not show the values', () => {
    const message = messageOf(schema, { ...good, A_URL: 'secret', SECONDS: 'secret', DAYS: undefined });
    expect(message).toBe(
      'The environment is not usable: A_URL: must be a URL; SECONDS: must be a whole number, at least 2; DAYS is missing',
    );
    expect(message).not.toContain('secret');
  });

  test.each(['1', '0', '-5', '2.5', 'two', '2s', 'NaN', 'Infinity', ' '])(
    'rejects "%s" as a number of seconds',
    (SECONDS) => {
      expect(messageOf(schema, { ...good, SECONDS })).toContain(
        'SECONDS: must be a whole number, at least 2',
      );
    },
  );

  test('rejects a retention of 14 days, because an invisible duplicate of a message could outlive it', () => {
    expect(parseConfig(schema, good).DAYS).toBe(15);
    expect(messageOf(schema, { ...good, DAYS: '14' })).toContain('DAYS: must be a whole number, at least 15');
  });
});
