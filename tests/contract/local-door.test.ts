import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { credentials, region } from '../../local/local-aws.ts';
import { problem } from '../../shared/http/wire/respond.ts';
import { sendRaw } from '../integration/raw-http.ts';
import type { LocalAws } from '../local-aws.ts';
import { presigned, signedWithBody } from '../object-signing.ts';
import { newLocalAws } from './shared-services.ts';

let aws: LocalAws;
beforeAll(async () => {
  aws = await newLocalAws();
});
afterAll(() => aws.stop());

const another = { ...credentials, secretAccessKey: 'local' };
/** A call of each emulator that only our processes call, by the SDK. */
const calls = {
  sqs: (by: typeof credentials) =>
    new SQSClient({ endpoint: aws.sqsEndpoint, region, credentials: by, maxAttempts: 1 }).send(
      new ListQueuesCommand({}),
    ),
  dynamodb: (by: typeof credentials) =>
    new DynamoDBClient({ endpoint: aws.dynamoDbEndpoint, region, credentials: by, maxAttempts: 1 }).send(
      new ListTablesCommand({}),
    ),
  scheduler: (by: typeof credentials) =>
    new SchedulerClient({ endpoint: aws.schedulerEndpoint, region, credentials: by, maxAttempts: 1 }).send(
      new ListSchedulesCommand({}),
    ),
};
const endpoints = {
  sqs: () => aws.sqsEndpoint,
  dynamodb: () => aws.dynamoDbEndpoint,
  scheduler: () => aws.schedulerEndpoint,
};
const services = ['sqs', 'dynamodb', 'scheduler'] as const;

describe.each(services)('the %s of this machine', (service) => {
  test('answers who knows the secret, and says to others what to do', async () => {
    expect((await calls[service](credentials)).$metadata.httpStatusCode).toBe(200);
    await expect(calls[service](another)).rejects.toMatchObject({
      name: 'InvalidSignatureException',
      message: 'Sign the call with the credentials of this start. docs/access.md says where they are.',
    });
  });

  test.each([
    ['without a signature', 'localhost', 'Accept: */*'],
    ['of another host', 'evil.example', 'Accept: */*'],
    ['of a page', 'localhost', 'Origin: http://127.0.0.1:3000'],
  ])('refuses a call %s', async (_what, host, header) => {
    for (const line of ['GET / HTTP/1.1', 'OPTIONS / HTTP/1.1', 'POST / HTTP/1.1']) {
      const request = [line, `Host: ${host}`, header, 'Content-Length: 0', 'Connection: close', '', ''];
      const { status, headers, body } = await sendRaw(endpoints[service](), request.join('\r\n'));
      expect([line, status, problem.parse(JSON.parse(body)).status]).toEqual([line, 403, 403]);
      expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });
});

describe('a tool that does not state the hash of the body, as the command line of AWS', () => {
  /** @param sent in place of what was signed */
  async function listTables(body: string, sent = body): Promise<number> {
    const { headers } = await signedWithBody({
      method: 'POST',
      path: '/',
      host: new URL(aws.dynamoDbEndpoint).host,
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'DynamoDB_20120810.ListTables',
      },
      by: { service: 'dynamodb' },
      body,
    });
    return (await fetch(aws.dynamoDbEndpoint, { method: 'POST', headers, body: sent })).status;
  }

  test.each([2, 300_000, 5_000_000])('is answered, with a body of %d bytes', async (bytes) => {
    expect(await listTables(`{${' '.repeat(bytes - 2)}}`)).toBe(200);
  });

  test('is refused with another body than was signed', async () => {
    expect(await listTables('{}', '{ }')).toBe(403);
  });
});

describe('the s3 of this machine', () => {
  test.each([
    ['of another host', 'evil.example', 'Accept: */*'],
    ['of a page that no rule of the bucket names', 'localhost', 'Origin: http://evil.example'],
  ])('refuses a signed call %s', async (_what, host, header) => {
    const { url } = await presigned({ method: 'PUT', path: '/any/uploads/a', host });
    const request = [
      `PUT ${url} HTTP/1.1`,
      `Host: ${host}`,
      header,
      'Content-Length: 1',
      'Connection: close',
    ];
    const { status } = await sendRaw(aws.s3Endpoint, [...request, '', 'a'].join('\r\n'));
    expect(status).toBe(403);
  });
});
