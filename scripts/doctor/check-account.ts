import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeContinuousBackupsCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  type EventSourceMappingConfiguration,
  GetAccountSettingsCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import type { TableNames } from '../../infra/access/table-name.ts';
import { asError } from '../../shared/domain/base/errors.ts';

/** A line of the doctor, and what to do where something is wrong. */
export interface Finding {
  readonly level: 'good' | 'notice' | 'bad';
  readonly text: string;
  readonly advice?: string;
}

export interface StageToCheck {
  readonly stage: string;
  /** Its resources begin with it. */
  readonly prefix: string;
  readonly tables: TableNames;
  readonly region: string;
}

const good = (text: string): Finding => ({ level: 'good', text });
const bad = (text: string, advice: string): Finding => ({ level: 'bad', text, advice });

/** What the account and the settings of a stage must be like. A call that is refused is a line, too. */
export async function checkAccount(stage: StageToCheck): Promise<readonly Finding[]> {
  const { region } = stage;
  const [lambda, dynamoDb] = [new LambdaClient({ region }), new DynamoDBClient({ region })];
  const cloudWatch = new CloudWatchClient({ region });
  const clock = watchClock(lambda);
  const asked: readonly (readonly [what: string, findings: Promise<readonly Finding[]>])[] = [
    ['the event source mappings', checkMappings(lambda, stage)],
    ['the concurrency of the account', checkConcurrency(lambda)],
    ['the expiry of jobs', checkExpiry(dynamoDb, stage)],
    ['the recovery of the tables', checkRecovery(dynamoDb, stage)],
    ['the root secret', checkRootSecret(dynamoDb, stage)],
    ['the alarms', checkAlarms(cloudWatch, stage)],
  ];
  const found = await Promise.all(
    asked.map(([what, findings]) =>
      findings.catch((error: unknown): readonly Finding[] => [
        { level: 'notice', text: `${what}: not known: ${asError(error).message}` },
      ]),
    ),
  );
  for (const client of [lambda, dynamoDb, cloudWatch]) client.destroy();
  return [...found.flat(), ...clock()];
}

const maxSkewSeconds = 5;

/** Compares the clock here with the time in an answer. A server of one's own must have the same clock. */
function watchClock(client: LambdaClient): () => readonly Finding[] {
  let skewSeconds: number | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers }: { headers?: Record<string, string> } = Object(result.response);
      const shown = Date.parse(headers?.date ?? '');
      if (!Number.isNaN(shown)) skewSeconds = Math.round((Date.now() - shown) / 1000);
      return result;
    },
    { step: 'deserialize', name: 'clock' },
  );
  return () => {
    if (skewSeconds === undefined) return [{ level: 'notice', text: 'the clock here: AWS has told no time' }];
    if (Math.abs(skewSeconds) <= maxSkewSeconds) return [good('the clock here is right')];
    return [
      bad(`the clock here is ${skewSeconds} s ahead of that of AWS`, 'Set it by NTP: chronyc makestep.'),
    ];
  };
}

async function checkMappings(lambda: LambdaClient, { prefix, stage }: StageToCheck) {
  const found: EventSourceMappingConfiguration[] = [];
  let Marker: string | undefined;
  do {
    const page = await lambda.send(new ListEventSourceMappingsCommand({ ...(Marker ? { Marker } : {}) }));
    found.push(...(page.EventSourceMappings ?? []));
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  const own = found.filter(({ FunctionArn = '' }) => FunctionArn.includes(`:function:${prefix}-`));
  const off = own.filter(({ State }) => State !== 'Enabled');
  if (own.length === 0)
    return [
      bad('no queue has a function that receives from it', `Deploy: npx sls deploy --stage ${stage} --force`),
    ];
  if (off.length === 0) return [good(`${own.length} event source mappings are enabled`)];
  return off.map(({ UUID, EventSourceArn = '', State }) =>
    bad(
      `the mapping of ${EventSourceArn.split(':').at(-1)} is ${State}: nobody receives from it`,
      `aws lambda update-event-source-mapping --uuid ${UUID} --enabled`,
    ),
  );
}

/** Workers take that many, and the API needs some beside them. */
const enoughConcurrency = 100;

async function checkConcurrency(lambda: LambdaClient): Promise<readonly Finding[]> {
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
  const limit = AccountLimit?.ConcurrentExecutions ?? 0;
  if (limit >= enoughConcurrency) return [good(`the account may have ${limit} invocations at a time`)];
  return [
    {
      level: 'notice',
      text: `the account may have only ${limit} invocations at a time`,
      advice:
        'Ask for 1,000 (Service Quotas, Lambda), and deploy with --param maximumConcurrency=2 --param waitSeconds=0 until then.',
    },
  ];
}

async function checkExpiry(dynamoDb: DynamoDBClient, { tables }: StageToCheck): Promise<readonly Finding[]> {
  const TableName = tables.jobs;
  const { TimeToLiveDescription } = await dynamoDb.send(new DescribeTimeToLiveCommand({ TableName }));
  if (/^ENABL/.test(TimeToLiveDescription?.TimeToLiveStatus ?? '')) return [good('jobs expire (TTL)')];
  return [
    bad(
      'jobs do not expire: the table grows without an end',
      `aws dynamodb update-time-to-live --table-name ${TableName} --time-to-live-specification Enabled=true,AttributeName=expiresAt`,
    ),
  ];
}

async function checkRecovery(
  dynamoDb: DynamoDBClient,
  { tables }: StageToCheck,
): Promise<readonly Finding[]> {
  const found = [tables.jobs, tables.access].map(async (TableName): Promise<Finding> => {
    const { ContinuousBackupsDescription } = await dynamoDb.send(
      new DescribeContinuousBackupsCommand({ TableName }),
    );
    const { PointInTimeRecoveryStatus } = ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {};
    if (PointInTimeRecoveryStatus === 'ENABLED') return good(`${TableName} can be recovered`);
    return bad(
      `${TableName} cannot be recovered: point-in-time recovery is off`,
      `aws dynamodb update-continuous-backups --table-name ${TableName} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`,
    );
  });
  return Promise.all(found);
}

async function checkRootSecret(
  dynamoDb: DynamoDBClient,
  { tables, stage }: StageToCheck,
): Promise<readonly Finding[]> {
  const command = new GetItemCommand({
    TableName: tables.access,
    Key: { id: { S: 'root' } },
    ProjectionExpression: 'id',
  });
  if ((await dynamoDb.send(command)).Item) return [good('the root secret is there')];
  return [bad('there is no root secret: the API answers 503', `npm run -s keys -- init --stage ${stage}`)];
}

async function checkAlarms(
  cloudWatch: CloudWatchClient,
  { prefix }: StageToCheck,
): Promise<readonly Finding[]> {
  const { MetricAlarms = [] } = await cloudWatch.send(
    new DescribeAlarmsCommand({ AlarmNamePrefix: `${prefix}-` }),
  );
  if (MetricAlarms.length === 0)
    return [{ level: 'notice', text: 'there are no alarms', advice: 'Deploy with --param watch=core.' }];
  const ringing = MetricAlarms.filter(({ StateValue }) => StateValue === 'ALARM');
  if (ringing.length === 0) return [good(`none of ${MetricAlarms.length} alarms rings`)];
  return ringing.map(({ AlarmName, AlarmDescription = '' }) =>
    bad(`${AlarmName} rings: ${AlarmDescription}`, 'docs/incidents.md'),
  );
}
