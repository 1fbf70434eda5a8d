import { describe, expect, test } from '@jest/globals';
import { bulkAction } from '../../../../job-types/bulk-action/contract.ts';
import { actionRequest } from '../../../../shared/http/action-request.ts';
import { toFilter } from '../../../../shared/http/list-request.ts';
import { violationsIn } from '../../../../shared/http/violations.ts';

const violationsOf = (body: unknown) => violationsIn(actionRequest.safeParse(body), '');

describe('the body of POST /jobs/actions', () => {
  test.each([
    { status: 'failed' },
    { type: 'countdown' },
    { group: 'a group' },
    { tags: ['a', 'b', 'a'] },
    { since: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00+01:00' },
  ])('may have the filter %j, which fits the contract of the job', (filter) => {
    const body = { action: 'retry', filter };
    expect(violationsOf(body)).toEqual([]);
    const payload = { action: 'retry', filter: toFilter(actionRequest.parse(body).filter) };
    expect(bulkAction.payload.parse(payload)).toEqual(payload);
  });

  test.each([{}, { tags: [] }, { status: undefined }])(
    'may not have the filter %j, which all jobs would pass',
    (filter) => {
      expect(violationsOf({ action: 'erase', filter })).not.toEqual([]);
    },
  );

  test('says what to do about a filter that names nothing', () => {
    expect(violationsOf({ action: 'erase', filter: {} })).toEqual([
      {
        pointer: '/filter',
        detail: 'must name something that the jobs have in common: without, it would be all jobs',
      },
    ]);
    expect(violationsOf({ action: 'erase', filter: { tags: [] } })).toEqual([
      { pointer: '/filter/tags', detail: 'must not be empty' },
    ]);
  });

  test('is told everything that is wrong with it at once', () => {
    const filter = { status: 'done', tags: ['', 'x'.repeat(65), 1], since: '2026-01-01', tenant: 'x' };
    expect(violationsOf({ action: 'delete', filter, ids: [] })).toEqual([
      { pointer: '/action', detail: 'must be one of cancel, retry, erase' },
      {
        pointer: '/filter/status',
        detail: 'must be one of queued, waiting, running, succeeded, failed, canceled',
      },
      { pointer: '/filter/tags/0', detail: 'must not be empty' },
      { pointer: '/filter/tags/1', detail: 'may have 64 characters at most' },
      { pointer: '/filter/tags/2', detail: 'must be a text' },
      {
        pointer: '/filter/since',
        detail: 'must be a time like 2026-12-24T17:00:00Z or 2026-12-24T18:00:00+01:00',
      },
      { pointer: '/filter/tenant', detail: 'unknown key' },
      { pointer: '/ids', detail: 'unknown key' },
    ]);
  });

  test.each([null, [], 'retry', 1])('is an object, and not %j', (body) => {
    expect(violationsOf(body).map(({ pointer }) => pointer)).toEqual(['']);
  });

  test.each([
    [{ tags: 'a' }, 'must be a list of texts'],
    [{ tags: Array.from({ length: 11 }, () => 'a') }, 'may have 10 tags at most'],
  ])('has tags that are a list of at most ten: %j', (filter, detail) => {
    expect(violationsOf({ action: 'retry', filter })).toEqual([{ pointer: '/filter/tags', detail }]);
  });
});
