import { once } from 'node:events';
import { createServer } from 'node:http';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from '@jest/globals';
import { compareWarmth, compareWithDeployed } from '../../../infra/compare-with-deployed.ts';
import type { Resource } from '../../../infra/serverless.ts';
import type { StageTemplate } from '../../../infra/stage-template.ts';
import {
  noticesOfColder,
  problemsOfColder,
  problemsOfWarmth,
  readWarmThroughput,
  type WarmPlaces,
  warmPlacesIn,
  warmTable,
} from '../../../infra/warm-throughput.ts';

const [cold, warm, hot] = [
  { reads: 12_000, writes: 4_000 },
  { reads: 24_000, writes: 8_000 },
  { reads: 30_000, writes: 20_000 },
];

describe('warmThroughput', () => {
  test('names the table and its indexes, each once, and may be nothing', () => {
    expect(readWarmThroughput('')).toEqual({});
    expect(readWarmThroughput('table=24000/8000, due=12000/4000')).toEqual({ table: warm, due: cold });
  });

  test.each([
    ['24000/8000', 'no name'],
    ['table=24000', 'no writes'],
    ['items=24000/8000', 'another name'],
    ['table=24000/8000,table=24000/8000', 'a name twice'],
    ['table=11999/8000', 'fewer reads than a new table takes'],
    ['table=24000/3999', 'fewer writes'],
    ['table=24000/8000,', 'an empty entry'],
    ['table=2.4e4/8000', 'another number'],
  ])('%s is refused: %s', (text) => {
    expect(readWarmThroughput(text)).toBeUndefined();
  });

  test('is of the table in the stack, and so not of a restored one', () => {
    expect(problemsOfWarmth({ warmThroughput: 'table=24000/8000', jobTable: '' })).toEqual([]);
    expect(problemsOfWarmth({ warmThroughput: '', jobTable: 'jobs' })).toEqual([]);
    expect(problemsOfWarmth({ warmThroughput: 'table=24000/8000', jobTable: 'jobs' })).toEqual([
      expect.stringContaining('the stage uses jobs (jobTable)'),
    ]);
  });
});

describe('the template', () => {
  const indexes = [{ IndexName: 'list' }, { IndexName: 'due' }];
  const made = (warmThroughput: string): Resource['Properties'] => {
    const JobTable: Resource = { Properties: { TableName: 'jobs', GlobalSecondaryIndexes: indexes } };
    warmTable({ Resources: { JobTable } }, { warmThroughput });
    return JobTable.Properties;
  };

  test('has no such property by default', () => {
    expect(made('')).toEqual({ TableName: 'jobs', GlobalSecondaryIndexes: indexes });
  });

  test('has one where the parameter names a place, and is read again as it was written', () => {
    const properties = made('list=24000/8000');
    expect(properties).toEqual({
      TableName: 'jobs',
      GlobalSecondaryIndexes: [
        { IndexName: 'list', WarmThroughput: { ReadUnitsPerSecond: 24_000, WriteUnitsPerSecond: 8_000 } },
        { IndexName: 'due' },
      ],
    });
    expect(warmPlacesIn(properties)).toEqual({ list: warm });
    expect(warmPlacesIn(made('table=12000/4000,due=24000/8000'))).toEqual({ table: cold, due: warm });
    expect(warmPlacesIn(undefined)).toEqual({});
  });
});

describe('a deployment', () => {
  const problems = (next: WarmPlaces, table: WarmPlaces, deployed: WarmPlaces = {}) =>
    problemsOfColder({ deployed, next, table });

  test('may make a place warmer, and leave it as it is', () => {
    expect(problems({ table: hot }, { table: warm })).toEqual([]);
    expect(problems({ table: warm }, { table: warm })).toEqual([]);
    expect(problems({ list: cold }, {})).toEqual([]);
  });

  test('does not send again what is as it was, although the table has grown', () => {
    expect(problems({ table: warm }, { table: hot }, { table: warm })).toEqual([]);
  });

  test('is refused where DynamoDB would refuse it, and says what it takes', () => {
    expect(problems({ table: warm }, { table: hot })).toEqual([
      'warmThroughput of table is 24000/8000, and it has 30000/20000. DynamoDB takes no lower value. Set it to at least 30000/20000, or leave it out.',
    ]);
    const onlyWrites = { reads: 40_000, writes: 8_000 };
    expect(problems({ list: onlyWrites }, { list: hot }, { list: cold })).toEqual([
      expect.stringMatching(
        /^warmThroughput of list is .* at least 40000\/20000, or leave it at 12000\/4000\.$/,
      ),
    ]);
  });

  test('goes by the deployed template if nothing is known of the table', () => {
    expect(problems({ due: cold }, {}, { due: warm })).toHaveLength(1);
  });

  test('says that what is left out stays', () => {
    expect(noticesOfColder({ deployed: { table: warm, due: cold }, next: { due: cold } })).toEqual([
      expect.stringContaining('no longer has table. It stays at 24000/8000'),
    ]);
  });
});

describe('the table', () => {
  const stage = (places: WarmPlaces): StageTemplate => ({
    ...{ variables: {}, expiry: {}, reserved: 0, maxima: 0 },
    warm: places,
  });
  const template = (warmThroughput: string) => {
    const JobTable = { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'jobs' } };
    warmTable({ Resources: { JobTable } }, { warmThroughput });
    return { Resources: { JobTable } };
  };
  const grown = { ReadUnitsPerSecond: 30_000, WriteUnitsPerSecond: 20_000, Status: 'ACTIVE' };

  /** Runs something with an AWS whose table has grown, and whose stack has a table without the parameter. */
  async function withAws<Result>(run: (config: DynamoDBClientConfig) => Promise<Result>, status = 200) {
    const asked: (string | string[] | undefined)[] = [];
    const deployed = `<GetTemplateResponse><GetTemplateResult><TemplateBody>${JSON.stringify(template(''))}</TemplateBody></GetTemplateResult></GetTemplateResponse>`;
    const server = createServer(({ headers: { 'x-amz-target': target } }, response) => {
      if (target === undefined) return response.end(deployed);
      asked.push(target);
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
      const refusal = { __type: 'AccessDeniedException', message: 'no' };
      return response.end(JSON.stringify(status === 200 ? { Table: { WarmThroughput: grown } } : refusal));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const endpoint = typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '';
    const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
    const found = await run({ endpoint, region: 'eu-central-1', credentials, maxAttempts: 1 });
    server.close();
    return { found, asked };
  }
  const compared = (next: WarmPlaces, status = 200) =>
    withAws(async (config) => {
      const client = new DynamoDBClient(config);
      const change = { deployed: stage({ table: cold }), next: stage(next) };
      const found = await compareWarmth(client, 'jobs', change);
      client.destroy();
      return found;
    }, status);

  test('is asked only if the parameter changes', async () => {
    expect(await compared({ table: cold })).toEqual({ found: { problems: [], notices: [] }, asked: [] });
    const { found, asked } = await compared({ table: warm });
    expect(asked).toEqual(['DynamoDB_20120810.DescribeTable']);
    expect(found.problems).toEqual([expect.stringContaining('it has 30000/20000')]);
  });

  test('that does not answer stops nothing', async () => {
    const { found } = await compared({ table: warm }, 400);
    expect(found).toEqual({ problems: [], notices: [expect.stringContaining('is not known: ')] });
  });

  test('stops a deployment that would make it colder than it is', async () => {
    const deployment = { stack: 'job-worker-dev', template: template('table=24000/8000') };
    const { found } = await withAws((config) => compareWithDeployed(deployment, config));
    expect(found).toEqual({
      problems: [expect.stringContaining('Set it to at least 30000/20000, or leave it out.')],
      notices: [],
    });
  });
});
