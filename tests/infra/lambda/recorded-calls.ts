import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import * as z from 'zod/mini';
import { accountId, region } from '../../../local/local-aws.ts';

/** What IAM decides about: a call of AWS, as the role of who makes it is asked for it. */
export interface Call {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string>>;
}

export interface Recorder {
  readonly endpoint: string;
  stop(): void;
}

type Read = (incoming: IncomingMessage, body: string) => readonly Call[];

const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:${accountId}:${rest}`;
const operationOf = ({ headers }: IncomingMessage): string =>
  String(headers['x-amz-target'] ?? '')
    .split('.')
    .at(-1) ?? '';
const call = (action: string, resource: string, context: Call['context'] = {}): Call => ({
  action,
  resource,
  context,
});

const sqsBody = z.object({ QueueUrl: z.string() });
const readSqs: Read = (incoming, body) => {
  const { QueueUrl } = sqsBody.parse(JSON.parse(body));
  // A batch asks for the right of its single calls.
  return [
    call(`sqs:${operationOf(incoming).replace(/Batch$/, '')}`, arn('sqs', QueueUrl.split('/').at(-1) ?? '')),
  ];
};

const tableBody = z.object({
  TableName: z.optional(z.string()),
  IndexName: z.optional(z.string()),
  Key: z.optional(z.looseObject({ id: z.optional(z.object({ S: z.string() })) })),
  RequestItems: z._default(z.record(z.string(), z.unknown()), {}),
});
const readDynamoDb: Read = (incoming, body) => {
  const { TableName, IndexName, Key, RequestItems } = tableBody.parse(JSON.parse(body));
  const tables = TableName === undefined ? Object.keys(RequestItems) : [TableName];
  const index = IndexName === undefined ? '' : `/index/${IndexName}`;
  return tables.map((name) =>
    call(
      `dynamodb:${operationOf(incoming)}`,
      arn('dynamodb', `table/${name}${index}`),
      Key?.id === undefined ? {} : { 'dynamodb:LeadingKeys': Key.id.S },
    ),
  );
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html, as far as this project calls it. */
function readS3({ method = '', url = '' }: IncomingMessage): readonly Call[] {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const [, bucket = '', ...key] = pathname.split('/');
  const object = `arn:aws:s3:::${bucket}/${decodeURIComponent(key.join('/'))}`;
  if (key.join('/') === '')
    return [
      call('s3:ListBucket', `arn:aws:s3:::${bucket}`, { 's3:prefix': searchParams.get('prefix') ?? '' }),
    ];
  const ofParts: Readonly<Record<string, string>> = {
    GET: 'ListMultipartUploadParts',
    DELETE: 'AbortMultipartUpload',
  };
  const ofObject: Readonly<Record<string, string>> = {
    GET: 'GetObject',
    HEAD: 'GetObject',
    DELETE: 'DeleteObject',
  };
  const action = (searchParams.has('uploadId') ? ofParts : ofObject)[method] ?? 'PutObject';
  return [call(`s3:${action}`, object)];
}

const scheduleBody = z.object({ GroupName: z.string(), Target: z.object({ RoleArn: z.string() }) });
const readScheduler: Read = ({ method, url = '' }, body) => {
  const { pathname, searchParams } = new URL(url, 'http://scheduler');
  const name = pathname.split('/').at(-1) ?? '';
  if (method === 'DELETE')
    return [
      call('scheduler:DeleteSchedule', arn('scheduler', `schedule/${searchParams.get('groupName')}/${name}`)),
    ];
  const { GroupName, Target } = scheduleBody.parse(JSON.parse(body));
  return [
    call('scheduler:CreateSchedule', arn('scheduler', `schedule/${GroupName}/${name}`)),
    call('iam:PassRole', Target.RoleArn, { 'iam:PassedToService': 'scheduler.amazonaws.com' }),
  ];
};

/** The body is a form. */
const readSns: Read = (_, body) => {
  const form = new URLSearchParams(body);
  return [call(`sns:${form.get('Action')}`, form.get('TopicArn') ?? '')];
};

export const readers = {
  sqs: readSqs,
  dynamodb: readDynamoDb,
  s3: readS3,
  scheduler: readScheduler,
  sns: readSns,
  /** Its calls know no resource. It is not emulated, and has no metric. */
  cloudwatch: (() => [call('cloudwatch:GetMetricData', '*')]) satisfies Read,
};

/** Stands before an emulator, or in place of CloudWatch, and says of each call what IAM would be asked. */
export async function startRecorder(
  read: Read,
  target: string | undefined,
  onCall: (call: Call) => void,
): Promise<Recorder> {
  const server = createServer(async (incoming, outgoing) => {
    try {
      const body = await buffer(incoming);
      for (const each of read(incoming, body.toString())) onCall(each);
      if (target === undefined)
        return void outgoing
          .writeHead(200, { 'content-type': 'application/x-amz-json-1.0' })
          .end('{"MetricDataResults":[]}');
      const { method = 'POST', headers, url = '/' } = incoming;
      const forwarded = request(new URL(url, target), { method, headers }).end(body);
      const [answer] = (await once(forwarded, 'response')) as [IncomingMessage];
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers).end(await buffer(answer));
    } catch (error) {
      onCall(call(`unreadable: ${error}`, incoming.url ?? ''));
      outgoing.destroy();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
