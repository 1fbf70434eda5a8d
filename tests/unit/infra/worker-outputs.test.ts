import { expect, test } from '@jest/globals';
import { workerOutputsOf } from '../../../infra/worker-outputs.ts';

test('each variable that refers to a resource is an output, and all others are one, with any character', () => {
  const outputs = workerOutputsOf({
    TABLE_NAME: { Ref: 'JobTable' },
    LONG_QUEUE_URL: { Ref: 'LongQueue' },
    LEASE_SECONDS: 60,
    MAIL_TO: 'a"b=example.org',
    MAIL_FROM: '',
  });
  const { WorkerSettings, ...references } = outputs;
  expect(references).toEqual({
    TableName: { Description: expect.any(String), Value: { Ref: 'JobTable' } },
    LongQueueUrl: { Description: expect.any(String), Value: { Ref: 'LongQueue' } },
  });
  expect(JSON.parse(String(WorkerSettings?.Value))).toEqual({
    LEASE_SECONDS: '60',
    MAIL_TO: 'a"b=example.org',
    MAIL_FROM: '',
  });
});
