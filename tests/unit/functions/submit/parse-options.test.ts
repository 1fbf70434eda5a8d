import { describe, expect, test } from '@jest/globals';
import { parseSubmission } from '../../../../functions/submit/parse-submission.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { InvalidRequestError, type Violation } from '../../../../shared/job/errors.ts';
import { anId, aRequest, jobId, t0 } from '../../../fakes/samples.ts';

const parsed = (options: Record<string, unknown>) =>
  parseSubmission(
    aRequest({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'countdown', payload: { seconds: 1 }, ...options }),
    }),
    contracts,
  );

function violationsOf(options: Record<string, unknown>): readonly Violation[] {
  try {
    parsed(options);
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.violations;
    throw error;
  }
  throw new Error('the request was accepted');
}

const many = (count: number) => Array.from({ length: count }, (_, index) => anId(index));

describe('a submission may ask', () => {
  test.each([
    ['for a group', { group: 'a group' }],
    ['for a group, with neither delay nor dependency', { group: 'g', delaySeconds: 0, dependsOn: [] }],
    ['for a group of one character', { group: '🎈' }],
    ['for a group of 128 characters', { group: 'g'.repeat(128) }],
    ['for no delay', { delaySeconds: 0 }],
    ['for a delay of 14 days', { delaySeconds: 1_209_600 }],
    ['for dependencies', { dependsOn: [anId(1), anId(2)] }],
    ['for no dependencies', { dependsOn: [] }],
    ['for 50 dependencies', { dependsOn: many(50) }],
    ['for dependencies and a delay', { dependsOn: [anId(1)], delaySeconds: 5 }],
  ])('%s', (_what, options) => {
    expect(parsed(options)).toMatchObject(options);
  });

  test.each([
    '2026-01-02T03:04:05.678Z',
    '2026-01-02T03:04:05.678+00:00',
    '2026-01-02T05:04:05.678+02:00',
    '2026-01-01T21:34:05.678-05:30',
    '2026-01-02T03:04:05.6780001Z',
  ])('for a time like %s', (runAt) => {
    expect(parsed({ runAt }).runAt).toBe(t0);
  });

  test('for nothing of that', () => {
    const { group, dependsOn, delaySeconds, runAt } = parsed({});
    expect([group, dependsOn, delaySeconds, runAt]).toEqual([undefined, undefined, undefined, undefined]);
  });
});

const delay = ['/delaySeconds'];
const time = ['/runAt'];
const group = ['/group'];
const later = '2026-01-02T03:04:05Z';

describe('a submission is refused, and told where it is wrong,', () => {
  test.each([
    ['a delay that is negative', { delaySeconds: -1 }, delay],
    ['a delay with a fraction', { delaySeconds: 1.5 }, delay],
    ['a delay of over 14 days', { delaySeconds: 1_209_601 }, delay],
    ['a delay beyond all numbers', { delaySeconds: 1e300 }, delay],
    ['a delay that is a text', { delaySeconds: '60' }, delay],
    ['a delay that is null', { delaySeconds: null }, delay],
    ['a time that is none', { runAt: 'tomorrow' }, time],
    ['a time that is empty', { runAt: '' }, time],
    ['a time that is a number', { runAt: t0 }, time],
    ['a time without an offset', { runAt: '2026-01-02T03:04:05' }, time],
    ['a date alone', { runAt: '2026-01-02' }, time],
    ['a day that there is not', { runAt: '2026-02-30T00:00:00Z' }, time],
    ['an hour that there is not', { runAt: '2026-01-02T25:00:00Z' }, time],
    ['a time as e-mails have it', { runAt: 'Fri, 02 Jan 2026 03:04:05 GMT' }, time],
    ['both a delay and a time', { delaySeconds: 60, runAt: later }, time],
    ['both no delay and a time', { delaySeconds: 0, runAt: later }, time],
    ['a group without a name', { group: '' }, group],
    ['a group of 129 characters', { group: 'g'.repeat(129) }, group],
    ['a group that is a number', { group: 7 }, group],
    ['a group that is no Unicode', { group: 'g\ud800' }, group],
    ['a group and a delay', { group: 'g', delaySeconds: 60 }, group],
    ['a group and a time', { group: 'g', runAt: later }, group],
    ['a group and a dependency', { group: 'g', dependsOn: [anId(1)] }, group],
    ['51 dependencies', { dependsOn: many(51) }, ['/dependsOn']],
    ['one that is no list', { dependsOn: anId(1) }, ['/dependsOn']],
    [
      'one that is no id',
      { dependsOn: [anId(1), 'x', jobId.toUpperCase(), 7] },
      ['/dependsOn/1', '/dependsOn/2', '/dependsOn/3'],
    ],
    [
      'all at once',
      { group: '', delaySeconds: -1, runAt: 'x', dependsOn: ['x'] },
      [...group, '/dependsOn/0', ...delay, ...time],
    ],
  ])('for %s', (_what, options, pointers) => {
    const violations = violationsOf(options);
    expect([...new Set(violations.map(({ pointer }) => pointer))].sort()).toEqual([...pointers].sort());
    for (const { detail } of violations) expect(detail).toMatch(/./);
  });
});
