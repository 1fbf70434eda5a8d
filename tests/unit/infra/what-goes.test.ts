import { expect, test } from '@jest/globals';
import { whatGoes } from '../../../infra/what-goes.ts';

const sending = {
  Effect: 'Allow',
  Action: ['sqs:SendMessage'],
  Resource: { 'Fn::GetAtt': ['LongQueue', 'Arn'] },
};
const reading = {
  Effect: 'Allow',
  Action: ['dynamodb:GetItem', 'dynamodb:Query'],
  Resource: [{ 'Fn::GetAtt': ['JobTable', 'Arn'] }, { 'Fn::Sub': 'arn:$' }],
};
const role = (...Statement: readonly object[]) => ({
  Type: 'AWS::IAM::Role',
  Properties: { Policies: [{ PolicyDocument: { Statement } }] },
});
const queue = { Type: 'AWS::SQS::Queue', Properties: {} };

test('names each right that a role loses, on what', () => {
  const one = { ...reading, Action: 'dynamodb:GetItem', Resource: { 'Fn::GetAtt': ['JobTable', 'Arn'] } };
  expect(whatGoes({ WorkerRole: role(sending, reading) }, { WorkerRole: role(one) })).toEqual([
    'of WorkerRole: sqs:SendMessage on LongQueue, dynamodb:GetItem on {Fn::Sub:arn:$}, dynamodb:Query on JobTable, dynamodb:Query on {Fn::Sub:arn:$}',
  ]);
});

test('finds what a managed policy loses', () => {
  const policy = (...Statement: readonly object[]) => ({
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: { PolicyDocument: { Statement } },
  });
  expect(whatGoes({ ServersPolicy: policy(sending) }, { ServersPolicy: policy() })).toEqual([
    'of ServersPolicy: sqs:SendMessage on LongQueue',
  ]);
});

test('names a queue, a table and a bucket that go, and nothing that no code calls', () => {
  const deployed = {
    OldQueue: queue,
    OldTable: { Type: 'AWS::DynamoDB::Table', Properties: {} },
    OldBucket: { Type: 'AWS::S3::Bucket', Properties: {} },
    OldAlarm: { Type: 'AWS::CloudWatch::Alarm', Properties: {} },
  };
  expect(whatGoes(deployed, {})).toEqual([
    'the queue OldQueue',
    'the table OldTable',
    'the bucket OldBucket',
  ]);
});

test('says nothing of what is kept, comes, is allowed on everything, loses a condition, or goes with its function', () => {
  const condition = { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } };
  const deployed = {
    Same: role(sending, reading),
    Wider: role(sending),
    Freer: role({ ...sending, Condition: condition }),
    Gone: role(sending),
  };
  const next = {
    Same: role({ ...reading }, { ...sending, Action: 'sqs:SendMessage' }),
    Wider: role({ ...sending, Resource: '*' }),
    Freer: role(sending),
    LongQueue: queue,
    New: role(reading),
  };
  expect(whatGoes(deployed, next)).toEqual([]);
});

test('names a right that comes under a condition', () => {
  const condition = { StringEquals: { 'ses:FromAddress': 'jobs@example.com' } };
  expect(whatGoes({ R: role(sending) }, { R: role({ ...sending, Condition: condition }) })).toHaveLength(1);
});
