import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { answerLogs } from '../../../../functions/api/answer-logs.ts';
import { showLog } from '../../../../functions/pages/job/show-log.ts';
import { credentials, region } from '../../../../local/local-aws.ts';
import {
  type CloudWatchServer,
  JobLines,
  startCloudWatch,
} from '../../../../local/output/cloudwatch-server.ts';
import { MetricRing } from '../../../../local/output/metric-ring.ts';
import { insightsLogQueries } from '../../../../shared/aws/observe/log-queries.ts';
import { readLogs } from '../../../../shared/aws/uses/capabilities.ts';
import { readEnvironment } from '../../../../shared/aws/uses/environment.ts';
import type { SetLimits } from '../../../../shared/domain/access/limits.ts';
import { InvalidRequestError, LogsUnavailableError } from '../../../../shared/domain/base/errors.ts';
import { readJson } from '../../../../shared/domain/base/read-json.ts';
import type { LogQueries, LogQuery } from '../../../../shared/domain/observe/log-line.ts';
import { logSearchesIn } from '../../../../shared/domain/observe/log-searches.ts';
import { logResponse } from '../../../../shared/http/responses/log-response.ts';
import type { HttpResponse } from '../../../../shared/http/wire/http-types.ts';
import { linesOnPage } from '../../../../shared/operations/find/find-log.ts';
import { stackMapper } from '../../../../shared/operations/find/map-stacks.ts';
import { FixedClock, t0 } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryRecords } from '../../../../testkit/fakes/in-memory-records.ts';
import { aRootSecretEntry } from '../../../set-ups/access.ts';
import { aFailedItem, aRequest, jobId } from '../../../set-ups/samples.ts';
import { aDoor } from '../../../set-ups/tenant-door.ts';

const lineAt = (time: number, message: string, more: object = {}) => ({
  level: 'INFO',
  message,
  timestamp: new Date(time).toISOString(),
  service: 'worker',
  sampling_rate: 0,
  jobId,
  tenant: 'acme',
  type: 'counting',
  queue: 'long',
  run: 1,
  attempt: 1,
  slice: 1,
  place: 'function',
  messageId: 'message-1',
  ...more,
});

let server: CloudWatchServer;
const lines = new JobLines();
beforeAll(async () => {
  server = await startCloudWatch({ lines, numbers: new MetricRing() }, []);
});
afterAll(() => server.stop());

const environment = { STACK_NAME: 'job-worker-prod', SERVERS: 'fargate', AWS_REGION: region };
const stage = readEnvironment({ readLogs }, environment);

/** Reads the lines of a job. */
async function ask(
  rawQueryString: string,
  logs: LogQueries,
  {
    tenant = 'acme',
    logTail = undefined as string | undefined,
    maps = async (_bundle: string): Promise<string | undefined> => undefined,
    searches = logSearchesIn(new InMemoryRecords()),
    clock = new FixedClock(),
    door = aDoor({}, clock).door,
    item = aFailedItem(),
  } = {},
) {
  const job = { ...item, tenant, ...(logTail === undefined ? {} : { logTail }) };
  const deps = {
    root: aRootSecretEntry(),
    logs,
    clock,
    searches,
    door,
    mapStacks: stackMapper({ read: maps }),
  };
  const answered: Promise<HttpResponse> = answerLogs(job, aRequest({ rawQueryString }), deps);
  answered.catch(() => undefined);
  await clock.advance(10_000);
  const { statusCode, body } = await answered;
  return { statusCode, ...logResponse.parse(readJson(String(body))) };
}

describe('GET /jobs/{id}/logs', () => {
  const never: LogQueries = {
    start: async () => {
      throw new LogsUnavailableError('no');
    },
    read: async () => undefined,
  };

  test('has the lines that are stored with the job, the newest first', async () => {
    const stored = [
      { level: 'info', time: t0, attempt: 2, message: 'first' },
      { level: 'warn', time: t0 + 1, attempt: 2, message: 'second', fields: { rows: 3 } },
    ];
    const logTail = stored.map((line) => JSON.stringify(line)).join('\n');
    expect(await ask('', never, { logTail })).toEqual({
      statusCode: 200,
      items: [
        { ...stored[1], time: '2026-01-02T03:04:05.679Z' },
        { ...stored[0], time: '2026-01-02T03:04:05.678Z' },
      ],
    });
    expect(await ask('source=job', never)).toEqual({ statusCode: 200, items: [] });
  });

  test('names places of the source in stacks, as far as there is a map', async () => {
    const bundle = (digit: number) => `worker.${String(digit).repeat(16)}.mjs`;
    const stack = [1, 2, 3, 4, 1].map((digit) => `at a (${bundle(digit)}:1:1)`).join('\n');
    const fields = { error: { stack, cause: { stack: `${bundle(1)}:9:1` } }, all: [`${bundle(1)}:1:1`, 7] };
    const logTail = JSON.stringify({ level: 'warn', time: t0, attempt: 1, message: bundle(1), fields });
    const asked: string[] = [];
    // The first column of the first line is line 11, column 1.
    const map = { version: 3, names: [], sources: ['job-types/x/handler.ts'], mappings: 'AAUA' };
    const maps = async (name: string) => {
      asked.push(name);
      return { [bundle(1)]: JSON.stringify(map), [bundle(2)]: 'no map' }[name];
    };
    const place = 'job-types/x/handler.ts:11:1';
    const mapped = [place, ...[2, 3, 4].map((digit) => `${bundle(digit)}:1:1`), place];
    expect((await ask('', never, { logTail, maps })).items).toMatchObject([
      {
        message: bundle(1),
        fields: {
          error: {
            stack: mapped.map((at) => `at a (${at})`).join('\n'),
            cause: { stack: `${bundle(1)}:9:1` },
          },
          all: [place, 7],
        },
      },
    ]);
    // What a handler logs must not make us read any number of objects.
    expect(asked).toEqual([1, 2, 3].map(bundle));
  });

  test('has lines of an attempt, and of a level or more', async () => {
    const stored = (level: string, attempt: number) =>
      JSON.stringify({ level, attempt, time: t0, message: `${level} ${attempt}` });
    const logTail = [stored('debug', 2), stored('info', 2), stored('warn', 1), stored('error', 2)].join('\n');
    const messages = async (query: string) =>
      (await ask(query, never, { logTail })).items.map(({ message }) => message);
    expect(await messages('level=debug')).toEqual(['error 2', 'warn 1', 'info 2', 'debug 2']);
    expect(await messages('level=warn')).toEqual(['error 2', 'warn 1']);
    expect(await messages('level=warn&attempt=1')).toEqual(['warn 1']);
    expect(await messages('attempt=3')).toEqual([]);
    for (const query of ['level=fatal', 'attempt=0', 'attempt=x'])
      await expect(ask(query, never)).rejects.toThrow(InvalidRequestError);
  });

  test('has of all lines those of an attempt, in full pages, and another choice from the same query', async () => {
    const all = Array.from({ length: 3 * linesOnPage + 3 }, (_, at) => ({
      ...{
        level: at % 3 === 0 ? ('warn' as const) : ('info' as const),
        attempt: 1,
        time: t0,
        message: String(at),
      },
    }));
    let started = 0;
    const logs: LogQueries = {
      async start() {
        started += 1;
        return 'q';
      },
      read: async () => all,
    };
    const first = await ask('source=all&level=warn', logs);
    expect(first.items).toHaveLength(linesOnPage);
    const cursor = encodeURIComponent(first.nextCursor ?? '');
    const second = await ask(`cursor=${cursor}&level=warn`, logs);
    expect(second.items.map(({ message }) => message)).toEqual([String(3 * linesOnPage)]);
    expect(second.nextCursor).toBeUndefined();
    expect((await ask(`cursor=${cursor}`, logs)).items.map(({ message }) => message)).toEqual(
      [0, 1, 2].map((more) => String(3 * linesOnPage + more)),
    );
    expect(started).toBe(1);
  });

  test('has all lines of this machine, page by page', async () => {
    process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
    const here = { ...environment, AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: server.endpoint };
    const logs = insightsLogQueries(readEnvironment({ readLogs }, here));
    for (let number = 0; number <= linesOnPage; number += 1) {
      const line = lineAt(t0 + number, `line ${number}`, { number });
      lines.add(JSON.stringify(line), line);
    }
    const other = lineAt(t0, 'of another job', { jobId: 'another' });
    lines.add(JSON.stringify(other), other);
    const first = await ask('source=all', logs);
    expect(first.items).toHaveLength(linesOnPage);
    expect(first.items[0]).toMatchObject({
      level: 'info',
      attempt: 1,
      message: `line ${linesOnPage}`,
      fields: { number: linesOnPage },
    });
    const cursor = encodeURIComponent(first.nextCursor ?? '');
    expect(await ask(`source=all&cursor=${cursor}`, logs)).toMatchObject({
      statusCode: 200,
      items: [{ message: 'line 0' }],
    });
    await expect(ask(`cursor=${cursor}`, logs, { tenant: 'another' })).rejects.toThrow(InvalidRequestError);
  });

  test('says where to ask again while the logs are searched, and starts no second query', async () => {
    const started: LogQuery[] = [];
    const searching: LogQueries = {
      start: async (query) => {
        started.push(query);
        return 'a/query';
      },
      read: async () => undefined,
    };
    const { statusCode, items, nextCursor = '' } = await ask('source=all', searching);
    expect({ statusCode, items }).toEqual({ statusCode: 202, items: [] });
    expect(started).toMatchObject([{ jobId, from: expect.any(Number), until: expect.any(Number) }]);
    const read: string[] = [];
    const done: LogQueries = {
      ...never,
      read: async (queryId) => {
        read.push(queryId);
        return [];
      },
    };
    expect(await ask(`cursor=${encodeURIComponent(nextCursor)}`, done)).toEqual({
      statusCode: 200,
      items: [],
    });
    expect(read).toEqual(['a/query']);
  });
});

describe('a search of all lines', () => {
  /** A stage where each search is noted that has begun. */
  function aStage(limits: SetLimits = {}) {
    const started: LogQuery[] = [];
    const logs: LogQueries = {
      async start(query) {
        started.push(query);
        return `query ${started.length}`;
      },
      read: async (queryId) => [{ level: 'info', attempt: 1, time: t0, message: queryId }],
    };
    const [records, clock] = [new InMemoryRecords(), new FixedClock()];
    const searches = logSearchesIn(records);
    const { door } = aDoor(limits, clock);
    const find = async (item = aFailedItem()) =>
      (await ask('source=all', logs, { searches, clock, door, item })).items.map(({ message }) => message);
    return { started, logs, searches, records, clock, door, find };
  }

  test('is one for all who ask at the same time, and for a minute', async () => {
    const { started, find, clock } = aStage();
    const found = await Promise.all(Array.from({ length: 60 }, () => find()));
    expect(found).toEqual(Array(60).fill(['query 1']));
    expect(started).toHaveLength(1);
    const { started: later, find: findLater } = aStage();
    for (let times = 0; times < 5; times += 1) await findLater();
    // Each time takes ten seconds here.
    expect(later).toHaveLength(1);
    await clock.advance(60_000);
    expect(await find()).toEqual(['query 2']);
  });

  test('that has died before it had a query is replaced after ten seconds, and waited for until then', async () => {
    const { logs, started, find, searches } = aStage();
    const died = { ...logs, start: () => Promise.reject(new LogsUnavailableError('no')) };
    await expect(ask('source=all', died, { searches })).rejects.toThrow('no');
    await expect(ask('source=all', logs, { searches })).rejects.toThrow('does not say its query');
    expect(started).toEqual([]);
    const clock = new FixedClock(t0 + 10_000);
    expect((await ask('source=all', logs, { searches, clock })).items).toHaveLength(1);
    expect(await find()).toEqual(['query 1']);
  });

  test('uses up a limit of the tenant, once for all who ask', async () => {
    const { started, find, records } = aStage({ logSearchesPerHour: 2 });
    await Promise.all(Array.from({ length: 10 }, () => find()));
    const another = (id: string) => find({ ...aFailedItem(), id });
    await another('00000000-0000-4000-8000-000000000001');
    await expect(another('00000000-0000-4000-8000-000000000002')).rejects.toThrow(
      'The tenant has used up its limit `logSearchesPerHour`, which is 2.',
    );
    expect([started.length, records.items.size]).toEqual([2, 2]);
  });

  test('reads the lines of seven days before the end at most', async () => {
    const { started, find } = aStage();
    const [day, margin] = [86_400_000, 300_000];
    const finishedAt = t0 + 400 * day;
    await find({ ...aFailedItem(), createdAt: t0, finishedAt });
    await find({
      ...aFailedItem(),
      id: '00000000-0000-4000-8000-000000000001',
      createdAt: t0,
      finishedAt: t0 + day,
    });
    expect(started).toMatchObject([
      { from: finishedAt + margin - 7 * day, until: finishedAt + margin },
      { from: t0 - margin, until: t0 + day + margin },
    ]);
  });
});

describe('GET /ui/jobs/{id}/logs', () => {
  test('has a page of lines, and a link to older ones if there are any', async () => {
    const all = Array.from({ length: linesOnPage + 1 }, (_, at) => ({
      ...{ level: 'info' as const, attempt: 1, time: t0, message: `line ${at}` },
    }));
    const deps = {
      root: aRootSecretEntry(),
      logs: { start: async () => 'q', read: async () => all },
      clock: new FixedClock(),
      searches: logSearchesIn(new InMemoryRecords()),
      door: aDoor().door,
      mapStacks: stackMapper({ read: async () => undefined }),
      page: { isSignedIn: true },
    };
    const show = async (rawQueryString: string): Promise<string> =>
      String((await showLog(aFailedItem(), aRequest({ rawQueryString }), deps)).body);
    const first = await show('');
    expect([first.includes('>line 0<'), first.includes(`>line ${linesOnPage}<`)]).toEqual([true, false]);
    const [, older = ''] = /<a href="[^"]*\?([^"]*)">Older lines<\/a>/.exec(first) ?? [];
    const second = await show(older);
    expect([second.includes('>line 0<'), second.includes(`>line ${linesOnPage}<`)]).toEqual([false, true]);
    expect(second).not.toContain('Older lines');
  });
});

describe('CloudWatch Logs Insights', () => {
  test('is asked for the job alone, in the log groups of everything that runs jobs', async () => {
    const calls: unknown[] = [];
    const call = async (...made: readonly unknown[]) => {
      calls.push(made);
      return { queryId: 'q' };
    };
    expect(await insightsLogQueries(stage, call).start({ jobId, from: 1_500, until: 2_500 })).toBe('q');
    expect(calls).toEqual([
      [
        'StartQuery',
        {
          logGroupNames: [
            '/aws/lambda/job-worker-prod-worker',
            '/aws/lambda/job-worker-prod-longWorker',
            '/ecs/job-worker-prod-servers',
          ],
          startTime: 1,
          endTime: 3,
          limit: 10_000,
          queryString: `fields @message | filter jobId = "${jobId}" | sort @timestamp desc`,
        },
      ],
    ]);
  });

  /** As the reference of `GetQueryResults` has it: each row has `@ptr`, too. */
  test.each([
    { status: 'Scheduled', lines: undefined },
    { status: 'Running', lines: undefined },
    { status: 'Complete', lines: [{ level: 'warn', time: t0, attempt: 3, message: 'a line' }] },
  ])('is read while it is $status', async ({ status, lines: expected }) => {
    const row = (value: string) => [
      { field: '@message', value },
      { field: '@ptr', value: 'CmEKJgoiMTIz' },
    ];
    const line = JSON.stringify(lineAt(t0, 'a line', { level: 'WARN', attempt: 3 }));
    const results = [row('no JSON\n'), row(line), row('{"_aws":{}}')];
    expect(await insightsLogQueries(stage, async () => ({ status, results })).read('q')).toEqual(expected);
  });

  test.each(['Failed', 'Timeout', 'Cancelled'])('a query that is %s is unavailable', async (status) => {
    const logs = insightsLogQueries(stage, async () => ({ status, results: [] }));
    await expect(logs.read('q')).rejects.toThrow(LogsUnavailableError);
  });
});
