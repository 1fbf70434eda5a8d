import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { problemsOfCanary, shiftAliases, shifts } from '../../../infra/canary.ts';
import type { Naming, Resource } from '../../../infra/serverless.ts';

const naming: Naming = {
  getStackName: () => 'stack',
  getHttpApiStageLogicalId: () => 'HttpApiStage',
  getLambdaLogicalId: (name) => `${name}Function`,
  getLogGroupLogicalId: (name) => `${name}LogGroup`,
  getHttpApiRouteLogicalId: (route) => route,
  getHttpApiIntegrationLogicalId: (name) => `${name}Integration`,
  getLambdaHttpApiPermissionLogicalId: (name) => `${name}Permission`,
};

/** The resources of a stage with one worker, after a deployment in this way. */
function shifted(canary: string): Readonly<Record<string, Resource>> {
  const Resources: Record<string, Resource> = { workerFunctionLiveAlias: { Type: 'AWS::Lambda::Alias' } };
  const service = {
    service: 'job-worker',
    functions: { worker: { versionLogicalId: 'workerVersion' } },
    provider: { compiledCloudFormationTemplate: { Resources } },
    resources: {},
  };
  shiftAliases(service, { canary }, naming);
  return Resources;
}

const alarm = z.object({
  Threshold: z.number(),
  Metrics: z.array(z.object({ Id: z.string(), Expression: z.optional(z.string()) })),
});

interface Attempts {
  readonly fresh: number;
  readonly freshFailed: number;
  readonly seen: number;
  readonly seenFailed: number;
}

/** The two expressions of the alarm, as CloudWatch reads them. */
function rings({ fresh, freshFailed, seen, seenFailed }: Attempts): boolean {
  const { Metrics } = alarm.parse(shifted('10percent5minutes').CanaryWorkerAttemptsAlarm?.Properties);
  expect(Metrics.flatMap(({ Expression }) => Expression ?? [])).toEqual([
    'freshFailed / fresh - (seenFailed - freshFailed) / (seen - fresh)',
    'IF((fresh >= 20) AND (difference >= 0.03) AND (difference * difference * fresh * fresh * fresh >= 9 * freshFailed * (fresh - freshFailed)), 1, 0)',
  ]);
  if (fresh === 0 || seen === fresh) return false; // no value
  const difference = freshFailed / fresh - (seenFailed - freshFailed) / (seen - fresh);
  return (
    fresh >= 20 &&
    difference >= 0.03 &&
    difference ** 2 * fresh ** 3 >= 9 * freshFailed * (fresh - freshFailed)
  );
}

describe('the alarm on attempts of a new version', () => {
  test.each<[string, Attempts]>([
    ['all of twenty', { fresh: 20, freshFailed: 20, seen: 200, seenFailed: 20 }],
    ['half of thirty', { fresh: 30, freshFailed: 15, seen: 300, seenFailed: 15 }],
    ['five in a hundred of two hundred', { fresh: 200, freshFailed: 10, seen: 2000, seenFailed: 10 }],
    ['a sixth, where a tenth fails always', { fresh: 600, freshFailed: 100, seen: 6000, seenFailed: 640 }],
  ])('rings for %s', (_what, attempts) => {
    expect(rings(attempts)).toBe(true);
  });

  test.each<[string, Attempts]>([
    ['nothing', { fresh: 0, freshFailed: 0, seen: 2000, seenFailed: 100 }],
    ['fewer than twenty', { fresh: 19, freshFailed: 19, seen: 190, seenFailed: 19 }],
    ['one of twenty', { fresh: 20, freshFailed: 1, seen: 200, seenFailed: 1 }],
    ['as many as before', { fresh: 200, freshFailed: 60, seen: 2000, seenFailed: 600 }],
    ['fewer than before, which it may mend', { fresh: 200, freshFailed: 10, seen: 2000, seenFailed: 1000 }],
    ['one in a hundred of many', { fresh: 9000, freshFailed: 90, seen: 90_000, seenFailed: 90 }],
    ['a version that has all calls', { fresh: 200, freshFailed: 100, seen: 200, seenFailed: 100 }],
  ])('is quiet for %s', (_what, attempts) => {
    expect(rings(attempts)).toBe(false);
  });
});

test.each(Object.keys(shifts))('the alarms of %s look at its minutes', (mode) => {
  const periods = JSON.stringify(shifted(mode)).match(/(?<="Period":)\d+/g);
  const [, every = '', minutes] = /percent(Every)?(\d+)minutes?$/.exec(mode) ?? [];
  const seconds = Number(minutes) * (every === '' ? 1 : 10) * 60;
  expect(new Set(periods?.map(Number))).toEqual(new Set([seconds]));
});

test('off adds nothing', () => {
  expect(Object.keys(shifted('off'))).toEqual(['workerFunctionLiveAlias']);
});

test('a canary without a watch is refused: nothing would count what its alarms ask', () => {
  expect(problemsOfCanary({ canary: '10percent5minutes', watch: 'off' })).toEqual([
    'canary is 10percent5minutes, and watch is off: nothing would undo a deployment. Set watch to core or full.',
  ]);
  expect(problemsOfCanary({ canary: '10percent5minutes', watch: 'core' })).toEqual([]);
  expect(problemsOfCanary({ canary: 'off', watch: 'off' })).toEqual([]);
});
