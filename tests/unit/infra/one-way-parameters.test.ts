import { describe, expect, test } from '@jest/globals';
import { bucketSettingsOf } from '../../../infra/bucket-settings.ts';
import { noticesOfShorterLives, problemsOfOneWay, typesThatGo } from '../../../infra/one-way-parameters.ts';
import { stageTemplateIn } from '../../../infra/stage-template.ts';

interface Stage {
  readonly listShards?: string;
  readonly retentionDays?: string;
  readonly keepChildrenDays?: string;
  readonly uploadRetentionDays?: number;
  readonly jobTypes?: readonly string[];
}

/** A compiled template, with what these parameters make of it. */
function templateOf({ listShards = '1', retentionDays = '30', jobTypes, ...others }: Stage) {
  const { keepChildrenDays = retentionDays, uploadRetentionDays = 30 } = others;
  const bucket = bucketSettingsOf({ retentionDays, keepChildrenDays, uploadRetentionDays }, []);
  const Variables = { RETENTION_DAYS: retentionDays, KEEP_CHILDREN_DAYS: keepChildrenDays };
  return stageTemplateIn({
    ...(jobTypes ? { Metadata: { JobTypes: jobTypes } } : {}),
    Resources: {
      ApiLambdaFunction: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Environment: { Variables: { LIST_SHARDS: listShards, TABLE_NAME: { Ref: 'JobTable' } } },
        },
      },
      WorkerLambdaFunction: { Type: 'AWS::Lambda::Function', Properties: { Environment: { Variables } } },
      CheckLambdaFunction: { Type: 'AWS::Lambda::Function', Properties: {} },
      Bucket: { Type: 'AWS::S3::Bucket', Properties: bucket },
      ServerlessDeploymentBucket: { Type: 'AWS::S3::Bucket' },
    },
  });
}
const change = (deployed: Stage, next: Stage) => ({
  deployed: templateOf(deployed),
  next: templateOf(next),
});

describe('listShards', () => {
  test('may grow, and stay', () => {
    expect(problemsOfOneWay(change({ listShards: '4' }, { listShards: '4' }))).toEqual([]);
    expect(problemsOfOneWay(change({ listShards: '4' }, { listShards: '12' }))).toEqual([]);
  });

  test('may not get smaller, and the problem says what to set', () => {
    expect(problemsOfOneWay(change({ listShards: '12' }, { listShards: '4' }))).toEqual([
      expect.stringMatching(
        /^listShards is 4, and the deployed stage has 12\..* Set listShards to at least 12/,
      ),
    ]);
  });

  test('of a stage whose functions do not say it is not compared', () => {
    const deployed = { variables: {}, expiry: {}, reserved: 0, maxima: 0 };
    expect(problemsOfOneWay({ deployed, next: templateOf({}) })).toEqual([]);
  });
});

describe('what goes earlier', () => {
  test('is nothing if all is kept as long, or longer', () => {
    expect(noticesOfShorterLives(change({}, {}))).toEqual([]);
    expect(noticesOfShorterLives(change({}, { retentionDays: '40', uploadRetentionDays: 31 }))).toEqual([]);
  });

  test('is first what is in the bucket, and then each job that ends later', () => {
    const notices = noticesOfShorterLives(change({ retentionDays: '100' }, { retentionDays: '30' }));
    expect(notices).toEqual([
      expect.stringContaining(
        'results/ after 38 days in place of 108, messages/ended/ after 31 days in place of 101',
      ),
      expect.stringMatching(/^retentionDays is 30, and was 100: .* goes after 100 days/),
    ]);
  });

  test('is no object, if children are kept longer than other jobs', () => {
    const children = { keepChildrenDays: '100' };
    const shorter = change({ ...children, retentionDays: '90' }, { ...children, retentionDays: '30' });
    expect(noticesOfShorterLives(shorter)).toEqual([expect.stringMatching(/^retentionDays is 30/)]);
  });

  test('may be children alone, or uploads alone', () => {
    const children = change({ keepChildrenDays: '30' }, { keepChildrenDays: '20' });
    expect(noticesOfShorterLives(children)).toEqual([expect.stringMatching(/^keepChildrenDays is 20/)]);
    const uploads = change({}, { uploadRetentionDays: 7 });
    expect(noticesOfShorterLives(uploads)).toEqual([
      expect.stringContaining('uploads/ after 7 days in place of 30'),
    ]);
  });
});

test('the types that go are those that only the deployed stage has', () => {
  const types = (deployed: Stage, next: Stage) => typesThatGo(change(deployed, next));
  expect(types({ jobTypes: ['a', 'b', 'c'] }, { jobTypes: ['b', 'd'] })).toEqual(['a', 'c']);
  expect(types({}, { jobTypes: ['b'] })).toEqual([]);
});
