import { expect, test } from '@jest/globals';
import { importTemplate } from '../../../../infra/guards/adopt-stage.ts';
import type { KeptResource } from '../../../../infra/guards/kept-resources.ts';

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
