import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { findRingingAlarms } from '../../../../infra/deployed/moved-aliases.ts';
import { problemsOfCanary, shifts } from '../../../../infra/parameters/shifts.ts';
import { shiftAliases } from '../../../../infra/template/canary.ts';
import type { Naming, Resource } from '../../../../infra/template/serverless.ts';
import { startJsonServer } from '../../../stand-ins/json-server.ts';

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

interface Counts {
  readonly part: number;
  readonly whole: number;
}

/** Alarms that judge a share and a count: what each has as its expression, and the same here. */
const shares = {
  CanaryWorkerErrorsAlarm: {
    expression: 'IF((errors >= 3) AND (errors / invocations >= 0.01), 1, 0)',
    isOver: ({ part, whole }: Counts) => part >= 3 && part / whole >= 0.01,
  },
  CanaryApiFaultsAlarm: {
    expression: 'IF((faults >= 5) AND (faults / calls >= 0.005), 1, 0)',
    isOver: ({ part, whole }: Counts) => part >= 5 && part / whole >= 0.005,
  },
};

describe('the alarms on a share and a count', () => {
  test.each<[keyof typeof shares, string, Counts, boolean]>([
    ['CanaryApiFaultsAlarm', 'one 5xx a minute of 27,800 calls', { part: 5, whole: 139_000 }, false],
    ['CanaryApiFaultsAlarm', 'four of a few', { part: 4, whole: 40 }, false],
    ['CanaryApiFaultsAlarm', 'a tenth of a twentieth of the calls', { part: 50, whole: 10_000 }, true],
    [
      'CanaryWorkerErrorsAlarm',
      'three jobs of many that ended their process',
      { part: 3, whole: 9000 },
      false,
    ],
    ['CanaryWorkerErrorsAlarm', 'two of a few', { part: 2, whole: 2 }, false],
    ['CanaryWorkerErrorsAlarm', 'all of three', { part: 3, whole: 3 }, true],
    ['CanaryWorkerErrorsAlarm', 'one in a hundred', { part: 90, whole: 9000 }, true],
  ])('%s, %s', (id, _what, counts, isOver) => {
    const { Metrics } = alarm.parse(shifted('10percent5minutes')[id]?.Properties);
    expect(Metrics.flatMap(({ Expression }) => Expression ?? [])).toEqual([shares[id].expression]);
    expect(shares[id].isOver(counts)).toBe(isOver);
  });
});

/** The two expressions of the alarm, as CloudWatch reads them. */
function rings({ fresh, freshFailed, seen, seenFailed }: Attempts): boolean {
  const { Metrics } = alarm.parse(shifted('10percent5minutes').CanaryWorkerAttemptsAlarm?.Properties);
  expect(Metrics.flatMap(({ Expression }) => Expression ?? [])).toEqual([
    'freshFailed / fresh - (seenFailed - freshFailed) / (seen - fresh)',
    'IF((fresh >= 20) AND (difference >= 0.01) AND (difference * difference * fresh * fresh * fresh >= 9 * freshFailed * (fresh - freshFailed)), 1, 0)',
  ]);
  if (fresh === 0 || seen === fresh) return false; // no value
  const difference = freshFailed / fresh - (seenFailed - freshFailed) / (seen - fresh);
  return (
    fresh >= 20 &&
    difference >= 0.01 &&
    difference ** 2 * fresh ** 3 >= 9 * freshFailed * (fresh - freshFailed)
  );
}

describe('the alarm on attempts of a new version', () => {
  test.each<[string, Attempts]>([
    ['all of twenty', { fresh: 20, freshFailed: 20, seen: 200, seenFailed: 20 }],
    ['half of thirty', { fresh: 30, freshFailed: 15, seen: 300, seenFailed: 15 }],
    ['one type of fifty, of 700', { fresh: 700, freshFailed: 14, seen: 7000, seenFailed: 14 }],
    [
      'the same, where one in a hundred fails always',
      { fresh: 900, freshFailed: 27, seen: 9000, seenFailed: 108 },
    ],
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
    ['half of one in a hundred of many', { fresh: 9000, freshFailed: 45, seen: 90_000, seenFailed: 45 }],
    ['one type of fifty, of a few', { fresh: 100, freshFailed: 2, seen: 1000, seenFailed: 2 }],
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
    'canary is 10percent5minutes, and watch is off: nothing would undo a deployment. Set watch to core.',
  ]);
  expect(problemsOfCanary({ canary: '10percent5minutes', watch: 'core' })).toEqual([]);
  expect(problemsOfCanary({ canary: 'off', watch: 'off' })).toEqual([]);
});

describe('an alarm that rings for the deployment before', () => {
  const ask = async (status: number, body: unknown) => {
    const asked: unknown[] = [];
    const server = await startJsonServer(({ body: sent }) => {
      asked.push(sent);
      return { status, body };
    });
    const { endpoint } = server;
    const config = {
      endpoint,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    };
    const found = await findRingingAlarms('job-worker-prod', config);
    await server.stop();
    return { asked, found };
  };

  test('stops the next one, and says which alarm, and how to deploy a mend', async () => {
    const AlarmName = 'job-worker-prod-CanaryUnreadableAlarm-1A2B';
    const { asked, found } = await ask(200, { MetricAlarms: [{ AlarmName, StateValue: 'ALARM' }] });
    expect(asked).toEqual([{ AlarmNamePrefix: 'job-worker-prod-Canary', StateValue: 'ALARM' }]);
    expect(found).toEqual({
      problems: [
        `the alarm ${AlarmName} rings, perhaps for the last deployment: it would undo this one at once. Wait until it is quiet, or, for a mend, deploy with --param="canary=off".`,
      ],
    });
  });

  test('none rings', async () => {
    expect((await ask(200, { MetricAlarms: [] })).found).toEqual({ problems: [] });
  });

  test('who may not ask is told, and deploys', async () => {
    const { found } = await ask(400, { __type: 'AccessDeniedException', message: 'no' });
    expect(found).toEqual({
      problems: [],
      warning: expect.stringContaining('It is not known whether an alarm'),
    });
  });
});
