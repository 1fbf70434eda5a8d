import { describe, expect, test } from '@jest/globals';
import { contracts } from '../../../../job-types/contracts.ts';
import { parseSubmission } from '../../../../shared/http/parse-submission.ts';
import { InvalidRequestError } from '../../../../shared/job/errors.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aRequest } from '../../../set-ups/samples.ts';

const parsed = (options: Record<string, unknown>, headers: Record<string, string> = {}) =>
  parseSubmission(
    aRequest({
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ type: 'countdown', payload: { seconds: 1 }, ...options }),
    }),
    { tenant: 'a tenant', contracts },
  );

const tagList = (count: number) => Array.from({ length: count }, (_, number) => `tag ${number}`);

describe('parseSubmission accepts', () => {
  test.each([
    ['tags', { tags: ['one', 'two'] }],
    ['no tag', { tags: [] }],
    ['the same tag twice', { tags: ['one', 'one'] }],
    ['10 tags', { tags: tagList(10) }],
    ['a tag of 64 characters', { tags: ['ü'.repeat(64)] }],
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
