import { describe, expect, test } from '@jest/globals';
import { InvalidRequestError, type Violation } from '../../../../../shared/domain/base/errors.ts';
import { parseSubmission } from '../../../../../shared/http/requests/parse-submission.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { anId, aRequest, jobId } from '../../../../set-ups/samples.ts';

const idList = (count: number) => Array.from({ length: count }, (_, index) => anId(index));

const delay = ['/delaySeconds'];
const time = ['/runAt'];
const group = ['/group'];
const startTime = '2026-01-02T03:04:05Z';

describe('parse options', () => {
  const parsed = (options: Record<string, unknown>) =>
    parseSubmission(
      aRequest({
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ type: 'counting', payload: { seconds: 1 }, ...options }),
      }),
      { tenant: 'a tenant', contracts },
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

  describe('parseSubmission accepts', () => {
    test.each([
      ['a group', { group: 'a group' }],
      [
        'a group together with a delay of 0 and an empty list of dependencies',
        { group: 'g', delaySeconds: 0, dependsOn: [] },
      ],
      ['a group of one character', { group: '🎈' }],
      ['a group of 128 characters', { group: 'g'.repeat(128) }],
      ['a delay of 0', { delaySeconds: 0 }],
      ['a delay of 365 days', { delaySeconds: 31_536_000 }],
      ['dependencies', { dependsOn: [anId(1), anId(2)] }],
      ['an empty list of dependencies', { dependsOn: [] }],
      ['50 dependencies', { dependsOn: idList(50) }],
      ['dependencies together with a delay', { dependsOn: [anId(1)], delaySeconds: 5 }],
    ])('%s', (_what, options) => {
      expect(parsed(options)).toMatchObject(options);
    });

    test.each([
      '2026-01-02T03:04:05.678Z',
      '2026-01-02T03:04:05.678+00:00',
      '2026-01-02T05:04:05.678+02:00',
      '2026-01-01T21:34:05.678-05:30',
      '2026-01-02T03:04:05.6780001Z',
    ])('the start time %s', (runAt) => {
      expect(parsed({ runAt }).runAt).toBe(t0);
    });

    test('a request without any option', () => {
      const { group, dependsOn, delaySeconds, runAt } = parsed({});
      expect([group, dependsOn, delaySeconds, runAt]).toEqual([undefined, undefined, undefined, undefined]);
    });
  });

  describe('parseSubmission rejects, with a pointer to each violation,', () => {
    test.each([
      ['a negative delay', { delaySeconds: -1 }, delay],
      ['a delay with a fraction', { delaySeconds: 1.5 }, delay],
      ['a delay of more than 365 days', { delaySeconds: 31_536_001 }, delay],
      ['a delay of 1e300 seconds', { delaySeconds: 1e300 }, delay],
      ['a delay that is a string', { delaySeconds: '60' }, delay],
      ['a delay that is null', { delaySeconds: null }, delay],
      ['a start time that is not a time', { runAt: 'tomorrow' }, time],
      ['an empty start time', { runAt: '' }, time],
      ['a start time that is a number', { runAt: t0 }, time],
      ['a start time without an offset', { runAt: '2026-01-02T03:04:05' }, time],
      ['a start time that is only a date', { runAt: '2026-01-02' }, time],
      ['a day that does not exist', { runAt: '2026-02-30T00:00:00Z' }, time],
      ['an hour that does not exist', { runAt: '2026-01-02T25:00:00Z' }, time],
      ['a start time in the format of e-mails', { runAt: 'Fri, 02 Jan 2026 03:04:05 GMT' }, time],
      ['a delay together with a start time', { delaySeconds: 60, runAt: startTime }, time],
      ['a delay of 0 together with a start time', { delaySeconds: 0, runAt: startTime }, time],
      ['an empty group', { group: '' }, group],
      ['a group of 129 characters', { group: 'g'.repeat(129) }, group],
      ['a group that is a number', { group: 7 }, group],
      ['a group that is not well-formed Unicode', { group: 'g\ud800' }, group],
      ['a group together with a delay', { group: 'g', delaySeconds: 60 }, group],
      ['a group together with a start time', { group: 'g', runAt: startTime }, group],
      ['a group together with a dependency', { group: 'g', dependsOn: [anId(1)] }, group],
      ['51 dependencies', { dependsOn: idList(51) }, ['/dependsOn']],
      ['dependencies that are not a list', { dependsOn: anId(1) }, ['/dependsOn']],
      [
        'dependencies that are not job ids',
        { dependsOn: [anId(1), 'x', jobId.toUpperCase(), 7] },
        ['/dependsOn/1', '/dependsOn/2', '/dependsOn/3'],
      ],
      [
        'several invalid options at once',
        { group: '', delaySeconds: -1, runAt: 'x', dependsOn: ['x'] },
        [...group, '/dependsOn/0', ...delay, ...time],
      ],
    ])('%s', (_what, options, pointers) => {
      const violations = violationsOf(options);
      expect([...new Set(violations.map(({ pointer }) => pointer))].sort()).toEqual([...pointers].sort());
      for (const { detail } of violations) expect(detail).toMatch(/./);
    });
  });
});

const tagList = (count: number) => Array.from({ length: count }, (_, number) => `tag ${number}`);

describe('parse late options', () => {
  const parsed = (options: Record<string, unknown>, headers: Record<string, string> = {}) =>
    parseSubmission(
      aRequest({
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ type: 'counting', payload: { seconds: 1 }, ...options }),
      }),
      { tenant: 'a tenant', contracts },
    );

  describe('parseSubmission accepts', () => {
    test.each([
      ['tags', { tags: ['one', 'two'] }],
      ['no tag', { tags: [] }],
      ['the same tag twice', { tags: ['one', 'one'] }],
      ['10 tags', { tags: tagList(10) }],
      ['a tag of 64 characters', { tags: ['ü'.repeat(64)] }],
      [
        'a tag that has the name of that of schedules elsewhere',
        { tags: ['a schedule:nightly', 'Schedule:x'] },
      ],
      ['tags in a group', { tags: ['one'], group: 'g' }],
    ])('%s', (_what, options) => {
      expect(parsed(options)).toMatchObject(options);
    });

    test.each(['2026-01-02T03:04:05.678Z', '2026-01-02T05:04:05.678+02:00'])(
      '%s as the time by which a job must have started, with any other option',
      (startBefore) => {
        for (const other of [{}, { group: 'g' }, { delaySeconds: 5 }, { runAt: startBefore }])
          expect(parsed({ startBefore, ...other }).startBefore).toBe(t0);
      },
    );

    test('the trace that a request is part of, and no trace that is not valid', () => {
      const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
      expect(parsed({}, { traceparent }).traceparent).toBe(traceparent);
      expect(parsed({}, { traceparent: 'x' }).traceparent).toBeUndefined();
    });
  });

  describe('parseSubmission rejects, with a pointer to each violation,', () => {
    test.each([
      ['a tag of a schedule', { tags: ['one', 'schedule:nightly'] }, '/tags/1'],
      ['11 tags', { tags: tagList(11) }, '/tags'],
      ['tags that are not a list', { tags: 'one' }, '/tags'],
      ['an empty tag', { tags: ['one', ''] }, '/tags/1'],
      ['a tag of 65 characters', { tags: ['x'.repeat(65)] }, '/tags/0'],
      ['a tag that is a number', { tags: [7] }, '/tags/0'],
      ['a tag that is not well-formed Unicode', { tags: ['\ud800'] }, '/tags/0'],
      ['a time to start that is not a time', { startBefore: 'soon' }, '/startBefore'],
      ['a time to start that is a number', { startBefore: t0 }, '/startBefore'],
      ['a time to start without an offset', { startBefore: '2026-01-02T03:04:05' }, '/startBefore'],
      ['a trace in the body', { traceparent: 'x' }, '/traceparent'],
    ])('%s', (_what, options, pointer) => {
      expect(() => parsed(options)).toThrow(InvalidRequestError);
      expect(() => parsed(options)).toThrow(
        expect.objectContaining({ violations: [expect.objectContaining({ pointer })] }),
      );
    });
  });
});
