import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { readTablesInUse, tablesOf } from '../../../../infra/deployed/tables-in-use.ts';
import { importTemplate } from '../../../../infra/guards/adopt-stage.ts';
import type { KeptResource } from '../../../../infra/guards/kept-resources.ts';
import { stampOf } from '../../../../infra/restore/restore-table.ts';
import { settingsOf } from '../../../../infra/restore/table-settings.ts';
import { accessTableOf, jobTableOf, tableOutputsOf } from '../../../../infra/template/stage-tables.ts';

describe('the tables of a stage', () => {
  const own = { jobs: 'job-worker-prod-jobs', access: 'job-worker-prod-access' };

  test('are those of the stack, unless its outputs name others', () => {
    expect(tablesOf('job-worker-prod')).toEqual(own);
    expect(tablesOf('job-worker-prod', [{ OutputKey: 'TableName', OutputValue: 'of-then' }])).toEqual({
      ...own,
      jobs: 'of-then',
    });
  });

  test('are references to resources, unless parameters name others, which are outputs, too', () => {
    for (const parameters of [{}, { jobTable: '', accessTable: '' }]) {
      expect([jobTableOf(parameters).name, jobTableOf(parameters).index('due')]).toEqual([
        { Ref: 'JobTable' },
        { 'Fn::Sub': `\${JobTable.Arn}/index/due` },
      ]);
      expect(accessTableOf(parameters).arn).toEqual({ 'Fn::GetAtt': ['AccessTable', 'Arn'] });
      expect(tableOutputsOf(parameters)).toEqual({});
    }
    expect([jobTableOf({ jobTable: 'of-then' }).name, tableOutputsOf({ accessTable: 'keys' })]).toEqual([
      'of-then',
      { AccessTableName: { Description: expect.any(String), Value: 'keys' } },
    ]);
  });

  test('are not known to a command that may not ask the stack: it stops, and does not guess', async () => {
    const answers = [
      ['AccessDenied', 'not authorized'],
      ['ValidationError', 'Stack with id job-worker-prod does not exist'],
    ];
    const server = createServer((_, response) => {
      const [code, message] = answers.shift() ?? [];
      response.writeHead(400, { 'content-type': 'text/xml' });
      response.end(
        `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
      );
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const before = { ...process.env };
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'none',
      AWS_SECRET_ACCESS_KEY: 'none',
    });
    try {
      await expect(readTablesInUse('prod', 'eu-central-1')).rejects.toThrow(
        /^Which tables the stage prod uses is not known: not authorized\. The right cloudformation:DescribeStacks/,
      );
      expect(await readTablesInUse('prod', 'eu-central-1')).toEqual(own);
    } finally {
      process.env = before;
      server.close();
    }
  });
});

describe('a restored table', () => {
  test('has its time in its name, and seconds where they are not zero', () => {
    expect(stampOf(Date.parse('2026-11-25T10:15:00Z'))).toBe('20261125T1015');
    expect(stampOf(Date.parse('2026-11-25T11:15:07+01:00'))).toBe('20261125T101507');
  });

  const table = { TableName: 'jobs', PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } };

  test('gets what the template has and a restore does not, and nothing is forgotten in silence', () => {
    const TimeToLiveSpecification = { AttributeName: 'expiresAt', Enabled: true };
    expect([settingsOf(table), settingsOf({ ...table, TimeToLiveSpecification })]).toEqual([
      { expiry: undefined },
      { expiry: 'expiresAt' },
    ]);
    expect(() => settingsOf({ ...table, StreamSpecification: {} })).toThrow(
      'infra/restore/table-settings.ts does not know StreamSpecification of a table.',
    );
  });
});

const queue = (id: string): KeptResource => ({
  ...{ id, type: 'AWS::SQS::Queue', name: id },
  identifier: { QueueUrl: `https://sqs.eu-central-1.amazonaws.com/1/${id}` },
});
const bucket: KeptResource = {
  ...{ id: 'Bucket', type: 'AWS::S3::Bucket', name: 'a-bucket' },
  identifier: { BucketName: 'a-bucket' },
};

const Resources = {
  Queue: {
    Type: 'AWS::SQS::Queue',
    DeletionPolicy: 'RetainExceptOnCreate',
    Properties: {
      QueueName: 'queue',
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['DeadLetterQueue', 'Arn'] } },
    },
  },
  DeadLetterQueue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead' } },
  Bucket: {
    Type: 'AWS::S3::Bucket',
    DependsOn: ['HttpApi'],
    Properties: {
      Tags: [{ Key: 'account', Value: { Ref: 'AWS::AccountId' } }],
      Cors: { Origins: [{ 'Fn::Sub': `https://\${HttpApi}.example` }] },
      Region: { 'Fn::Sub': `s3.\${AWS::Region}` },
    },
  },
  HttpApi: { Type: 'AWS::ApiGatewayV2::Api', Properties: {} },
};

test('an import has what was kept, as it is, and nothing that refers to what was not', () => {
  const kept = [queue('Queue'), queue('DeadLetterQueue'), bucket];
  const { DependsOn: _, ...imported } = Resources.Bucket;
  const { Cors: _cors, ...Properties } = Resources.Bucket.Properties;
  expect(importTemplate({ template: { Resources }, kept })).toEqual({
    AWSTemplateFormatVersion: '2010-09-09',
    Resources: {
      Queue: Resources.Queue,
      DeadLetterQueue: Resources.DeadLetterQueue,
      Bucket: { ...imported, Properties },
    },
  });
});

test('a queue whose dead-letter queue was deleted is imported without it: the next deployment makes one', () => {
  const { Resources: found } = importTemplate({ template: { Resources }, kept: [queue('Queue')] });
  expect(found).toEqual({ Queue: { ...Resources.Queue, Properties: { QueueName: 'queue' } } });
});
