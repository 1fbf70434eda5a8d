import { type ApiKey, writeApiKey } from '../../shared/domain/access/api-key.ts';
import { currentVersion, stepsVersion } from '../../shared/domain/base/version.ts';
import type { BatchRoot } from '../../shared/domain/children/batch.ts';
import type { RoundStart } from '../../shared/domain/children/batch-ports.ts';
import { readStageSetup } from '../../shared/domain/notify/stage-setup.ts';
import type { UploadRules } from '../../shared/domain/objects/upload-name.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { type JobMessage, writeMessage } from '../../shared/domain/state/job/message.ts';
import type { Delivery } from '../../shared/domain/state/ports.ts';
import type { Lease } from '../../shared/domain/state/writes/holder-writes.ts';
import type { HttpRequest } from '../../shared/http/wire/http-types.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';

/** Of what newer code has written. */
export const newerVersion = currentVersion + 1;

export const dayMs = 24 * 3600 * 1000;
export const retentionMs = 15 * dayMs;
export const leaseMs = 60_000;
/** A stage that sends mail and events, too. */
export const stageSetup = readStageSetup(
  { SETUP: 'mailFrom eventBus', WEBHOOK_HOSTS: '', NOTIFY: '' },
  async () => ['example.com'],
);

export const uploadRules: UploadRules = { key: Buffer.from('a key for names'), retentionDays: 30 };
export const jobId = '0b2c7d9e-1f3a-4b5c-8d6e-7f8091a2b3c4';
/** The id of another job. Each number stands for one job. */
export const anId = (number: number): string => `00000000-0000-4000-9000-${String(number).padStart(12, '0')}`;
/** Who cancels, retries and erases. */
export const by = 'key:4fTq0sJx2LmN';

/** The ids of `count` jobs. None of them is `anId` of a number below 1000. */
export const ids = (count: number): Set<string> =>
  new Set(Array.from({ length: count }, (_, index) => anId(index + 1_000)));

/** The fencing token of a job without a claim: the time of its submission. */
export const firstToken = t0 - 1_000;

export const aMessage = (over: Partial<JobMessage> = {}): JobMessage => ({
  id: jobId,
  version: 1,
  tenant: 'a tenant',
  type: 'counting',
  payload: { seconds: 0 },
  submittedAt: t0 - 1_000,
  options: { maxAttempts: 3 },
  fingerprint: 'a fingerprint',
  run: 1,
  ...over,
});

/** The root of a batch of 250 children of that job, in three shards. */
export const aRoot = (over: Partial<BatchRoot> = {}): BatchRoot => ({
  ...{ batch: anId(1), version: stepsVersion, tenant: 'a tenant', parent: jobId, key: 'pages 🎈' },
  ...{ type: 'counting', count: 250, shardSize: 100, depth: 1, whenParentEnds: 'cancel', secret: 's' },
  ...{ createdAt: t0, round: 1, parentRun: 1 },
  ...over,
});

/** Of the second round, with shards that are full in it. */
export const aStart = (full: readonly number[] = [], early: RoundStart['early'] = {}): RoundStart => ({
  ...{ at: t0 + 1, early },
  full: full.map((shard) => ({ shard, unsuccessful: 0 })),
});

/** The place of `aMessage`'s job in its tenant's list: the first 132 bits of the tenant's SHA-256, and the time. */
export const itsListKey = 'PeEoLvu204zpwmR54XZ2WA.0';
export const itsListPosition = `${t0 - 1_000}/${jobId}`;

/** The item that submit writes for `aMessage`. */
export const aQueuedItem = (over: Partial<JobItem> = {}): JobItem => ({
  id: jobId,
  version: 1,
  tenant: 'a tenant',
  type: 'counting',
  status: 'queued',
  run: 1,
  fingerprint: 'a fingerprint',
  fencingToken: firstToken,
  attempt: 0,
  maxAttempts: 3,
  history: [],
  notify: [],
  listKey: itsListKey,
  listPosition: itsListPosition,
  createdAt: t0 - 1_000,
  updatedAt: t0 - 1_000,
  ...over,
});

/** The item after a claim at `t0`. */
export const aRunningItem = (over: Partial<JobItem> = {}): JobItem =>
  aQueuedItem({
    status: 'running',
    fencingToken: firstToken + 1,
    attempt: 1,
    claimId: 'a claim',
    leaseUntil: t0 + leaseMs,
    startedAt: t0,
    updatedAt: t0,
    history: [{ event: 'started', at: t0 }],
    ...over,
  });

/** What a worker knows about a job that it has claimed. */
export const aLease = (item: JobItem, message = aMessage()): Lease => ({
  item,
  message,
  receiptHandle: 'receipt-1',
});

export const aFailedItem = (over: Partial<JobItem> = {}): JobItem =>
  aQueuedItem({
    status: 'failed',
    fencingToken: 3,
    attempt: 3,
    error: { name: 'Error', message: 'no' },
    message: writeMessage(aMessage()),
    ...(over.status === undefined || over.status === 'failed' ? { failedKey: itsListKey } : {}),
    finishedAt: t0 - 500,
    expiresAt: Math.ceil((t0 - 500 + retentionMs) / 1000),
    ...over,
  });

export const aDelivery = (over: Partial<Delivery> = {}): Delivery => ({
  messageId: 'message-1',
  receiptHandle: 'receipt-1',
  body: writeMessage(aMessage()),
  receiveCount: 1,
  sentAt: t0 - 1_000,
  ...over,
});

/** A request in the form in which API Gateway passes it to a function. */
export function aRequest(
  over: Partial<Omit<HttpRequest, 'requestContext'>> & {
    authorizer?: unknown;
    stage?: string;
    method?: string;
  } = {},
): HttpRequest {
  const { authorizer, stage = '$default', method = 'GET', ...rest } = over;
  const rawPath = rest.rawPath ?? `/jobs/${jobId}`;
  return {
    publicUrl: '',
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: '',
    headers: { host: 'api.example.com', 'x-forwarded-proto': 'https' },
    isBase64Encoded: false,
    ...rest,
    requestContext: {
      accountId: '000000000000',
      apiId: '1',
      domainName: 'domain.example.com',
      domainPrefix: 'domain',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: '1',
      routeKey: '$default',
      stage,
      time: '',
      timeEpoch: t0,
      ...(authorizer === undefined ? {} : { authorizer }),
    },
  };
}

/** A request with an API key. */
export const aKeyedRequest = (key: ApiKey, over: Parameters<typeof aRequest>[0] = {}): HttpRequest =>
  aRequest({ ...over, headers: { ...over.headers, authorization: `Bearer ${writeApiKey(key)}` } });
