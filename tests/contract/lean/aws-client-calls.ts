import { failedCallOf } from '../../../shared/domain/base/failed-call.ts';
import { NotJsonError } from '../../../shared/domain/base/read-json.ts';
import { queueUrl } from './aws-client-samples.ts';
import {
  type Call,
  type Client,
  type ClientOptions,
  clientOf,
  commandOf,
  type Row,
  rows,
} from './aws-modules.ts';
import { type Answer, type RecordedAws, type RecordedRequest, startRecordedAws } from './recorded-aws.ts';

/** A call of each service, for tests that look at what becomes of any. */
export const get: Call = {
  service: 'dynamodb',
  command: 'GetItemCommand',
  input: { TableName: 'jobs', Key: { id: { S: 'a' } } },
};
export const look: Call = {
  service: 'sqs',
  command: 'GetQueueAttributesCommand',
  input: { QueueUrl: queueUrl, AttributeNames: ['All'] },
};

export const create: Call = {
  service: 'scheduler',
  command: 'CreateScheduleCommand',
  input: {
    Name: 'a',
    ScheduleExpression: 'at(2026-09-01T10:00:00)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: 'arn:aws:sqs:eu-central-1:1:q', RoleArn: 'arn:aws:iam::1:role/r' },
  },
};
export const remove: Call = {
  service: 'scheduler',
  command: 'DeleteScheduleCommand',
  input: { Name: 'a', GroupName: 'g' },
};

export const mail: Call = {
  service: 'sesv2',
  command: 'SendEmailCommand',
  input: { FromEmailAddress: 'a@example.com', Destination: { ToAddresses: ['b@example.com'] }, Content: {} },
};
export const event: Call = {
  service: 'eventbridge',
  command: 'PutEventsCommand',
  input: { Entries: [{ Source: 'a', DetailType: 'b', Detail: '{}' }] },
};

/** What a call has come to. All of it is plain data. */
export interface Outcome {
  readonly result?: unknown;
  readonly error?: Readonly<Record<string, unknown>>;
  readonly requests: readonly RecordedRequest[];
}

/** A row of the table, and an AWS of its own. */
export interface Side extends Row {
  readonly aws: RecordedAws;
}

let sides: readonly Side[] = [];
export const allSides = (): readonly Side[] => sides;

/** Before the first test, each row of the table gets its own recorded server. */
export async function startSides(): Promise<void> {
  sides = await Promise.all(rows.map(async (row) => ({ ...row, aws: await startRecordedAws() })));
}

export async function stopSides(): Promise<void> {
  await Promise.all(sides.map(({ aws }) => aws.stop()));
}

export const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'a secret' };
export const region = 'eu-central-1';

/** The options of the engine, but for its limits of time: a busy machine must not run into them. */
export const optionsOn = ({ aws }: Side, more: ClientOptions = {}): ClientOptions => ({
  ...{ region, credentials, maxAttempts: 3, endpoint: aws.endpoint },
  ...more,
});

/** Makes a call, and says what has come of it. */
export async function made(side: Side, client: Client, call: Call): Promise<Outcome> {
  const { requests } = side.aws;
  const before = requests.length;
  try {
    const result = await client.send(commandOf(side, call));
    return { result, requests: requests.slice(before) };
  } catch (thrown) {
    return { error: described(side, thrown), requests: requests.slice(before) };
  }
}

/** Makes one call by a client of its own, which is given these answers. */
export async function playedBy(
  side: Side,
  call: Call,
  { answers, options = {} }: { readonly answers: readonly Answer[]; readonly options?: ClientOptions },
): Promise<Outcome> {
  side.aws.play(answers);
  const client = clientOf(side, call.service, optionsOn(side, options));
  try {
    return await made(side, client, call);
  } finally {
    client.destroy();
  }
}

/**
 * What callers may rely on in an error. The clients have words of their own where Node.js has them, and where a limit of time is over.
 * The lean one has no name of its own for what is no JSON: the text might be a secret. No code of ours reads what is left out.
 */
function described({ modules }: Row, thrown: unknown): Readonly<Record<string, unknown>> {
  if (!(thrown instanceof Error)) return { thrown };
  const { dynamodb, scheduler, sesv2 } = modules;
  const fields = { ...thrown, name: thrown.name, message: thrown.message };
  const notRead = ['Error', 'RequestId', 'Code', 'Type'];
  const { name, message, ...others } = Object.fromEntries(
    Object.entries(fields).filter(([field]) => !notRead.includes(field)),
  );
  const isNotJson = thrown instanceof SyntaxError || thrown instanceof NotJsonError;
  const limit = name === 'TimeoutError' ? / \d+ ms/.exec(thrown.message)?.[0] : undefined;
  return {
    ...others,
    name: isNotJson ? 'no JSON' : name,
    message: isNotJson ? '' : (limit ?? message),
    means: failedCallOf(thrown),
    saysThatConditionFailed: thrown instanceof dynamodb.ConditionalCheckFailedException,
    saysThatThereIsOne: thrown instanceof scheduler.ConflictException,
    isOfSes: thrown instanceof sesv2.SESv2ServiceException,
    saysThatThereIsNone: thrown instanceof scheduler.ResourceNotFoundException,
  };
}
