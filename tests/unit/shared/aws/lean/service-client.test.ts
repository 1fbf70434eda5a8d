import { afterEach, describe, expect, test } from '@jest/globals';
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
} from '../../../../../shared/aws/lean/dynamodb.ts';
import { CreateScheduleCommand, DeleteScheduleCommand } from '../../../../../shared/aws/lean/scheduler.ts';
import { jsonOf } from '../../../../../shared/aws/lean/service-client.ts';
import { errorOf } from '../../../../../shared/aws/lean/service-error.ts';
import { GetSuppressedDestinationCommand } from '../../../../../shared/aws/lean/sesv2.ts';
import { SendMessageCommand } from '../../../../../shared/aws/lean/sqs.ts';

describe('members of an error that a body has, too', () => {
  const names = {
    errorCode: () => 'ConditionalCheckFailedException',
    errors: { ConditionalCheckFailedException },
  };
  const answer = { status: 400, headers: { 'x-amzn-requestid': 'a' } };

  test.each([
    '"name":"Other"',
    '"$fault":"server"',
    '"stack":"none"',
    '"$metadata":{"httpStatusCode":200}',
    '"$response":{"statusCode":200}',
    '"__proto__":{"polluted":true}',
  ])('%s changes nothing', (member) => {
    const members = JSON.parse(`{${member},"message":"no","Item":{"id":{"S":"a"}}}`);
    const error = errorOf(names, members, answer);
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect(error).toMatchObject({
      ...{ name: 'ConditionalCheckFailedException', message: 'no', $fault: 'client' },
      ...{ $metadata: { httpStatusCode: 400, requestId: 'a' }, Item: { id: { S: 'a' } } },
    });
    expect(error.stack).toContain(import.meta.filename);
    expect('polluted' in error || '$response' in error).toBe(false);
  });
});

describe('a number that is none', () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY])('%s is not sent as null', (DelaySeconds) => {
    const command = new SendMessageCommand({ QueueUrl: 'q', MessageBody: '{"a":null}', DelaySeconds });
    expect(() => command.message('')).toThrow(new TypeError(`DelaySeconds is ${DelaySeconds}`));
    const schedule = new CreateScheduleCommand({
      Name: 'a',
      Target: { RetryPolicy: { MaximumRetryAttempts: DelaySeconds } },
    });
    expect(() => schedule.message()).toThrow(new TypeError(`MaximumRetryAttempts is ${DelaySeconds}`));
  });

  test('null in a text, and what is not given, are sent', () => {
    expect(jsonOf({ MessageBody: '{"a":null}', DelaySeconds: undefined })).toBe(
      '{"MessageBody":"{\\"a\\":null}"}',
    );
    expect(jsonOf({ a: null })).toBe('{"a":null}');
  });
});

test.each([undefined, '', 7])('a path without a name is not called: %s', (name) => {
  const said = new TypeError(`Name is ${String(name) || 'empty'}`);
  expect(() => new CreateScheduleCommand({ Name: name }).message()).toThrow(said);
  expect(() => new DeleteScheduleCommand({ Name: name }).message()).toThrow(said);
  expect(() => new GetSuppressedDestinationCommand({ EmailAddress: name }).message()).toThrow(TypeError);
});

describe('an environment that asks for other endpoints', () => {
  const names = ['AWS_USE_FIPS_ENDPOINT', 'AWS_USE_DUALSTACK_ENDPOINT'];
  afterEach(() => {
    for (const name of names) delete process.env[name];
  });

  test.each(names)('%s fails each call, before anything is sent', async (name) => {
    process.env[name] = 'true';
    const client = new DynamoDBClient({ endpoint: 'http://127.0.0.1:1', maxAttempts: 1 });
    const sending = client.send(new GetItemCommand({ TableName: 't', Key: { id: { S: 'a' } } }));
    await expect(sending).rejects.toThrow(
      `${name} is set, and lean clients do not know these endpoints: deploy with awsClients=sdk`,
    );
  });
});
