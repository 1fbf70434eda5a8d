import { describe, expect, test } from '@jest/globals';
import { dashboard } from '../../../../functions/pages/dashboard.ts';
import { jobPage } from '../../../../functions/pages/job-page.ts';
import { render } from '../../../../functions/pages/layout.ts';
import { toJobResponse, toListedJob } from '../../../../shared/http/job-response.ts';
import { rights } from '../../../../shared/job/access-entry.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { jobStatuses } from '../../../../shared/job/transitions.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { anId, aQueuedItem } from '../../../set-ups/samples.ts';

const maxBytes = 60 * 1024;
const urls = { statusUrl: 'https://example.com', pageUrl: 'https://example.com' };
const dependsOn = Array.from({ length: 50 }, (_, index) => anId(index));

/** The worst that a job may have: texts of their maximal length, of characters that HTML writes with many. */
const fullOf = (character: string, over: Partial<JobItem> = {}): JobItem =>
  aQueuedItem({
    progress: { percent: 50, message: character.repeat(200) },
    error: { name: character.repeat(100), message: character.repeat(2_000) },
    tags: Array.from({ length: 10 }, (_, index) => character.repeat(62) + index),
    group: character.repeat(128),
    dependsOn,
    history: Array.from({ length: 240 }, (_, index) => ({
      event: index % 2 === 0 ? ('started' as const) : ('retrying' as const),
      at: t0 + index * 1_000,
      error: character.repeat(200),
    })),
    ...over,
  });

const bytesOf = (body: Parameters<typeof render>[0]['body']): number =>
  Buffer.byteLength(render({ title: 'x', body, isSignedIn: true, canOperate: true, canSignOut: true }));

describe.each(['<', '"', 'ж', '漢'])('a page full of %s has less than 60 KB', (character) => {
  test.each(jobStatuses)('of a job that is %s', (status) => {
    const result = {
      rows: Array.from({ length: 60 }, () => ({ [character.repeat(20)]: character.repeat(200) })),
    };
    const job = toJobResponse(fullOf(character, { status, result: JSON.stringify(result) }), urls);
    const dependencies = dependsOn.map((id) => ({ id, status: 'failed' as const }));
    const dependents = dependsOn.slice(0, 20);
    const view = {
      job,
      dependencies,
      dependents,
      wakesAt: t0 + 5_000,
      rights,
      grantQuery: '',
      hasSecretResult: false,
      now: t0,
    };
    expect(bytesOf(jobPage(view))).toBeLessThan(maxBytes);
  });

  test('of a list', () => {
    const jobs = Array.from({ length: 25 }, () =>
      toListedJob(fullOf(character, { status: 'failed' }), 'https://x'),
    );
    const of = { queued: 0, waiting: 0, running: 0, succeeded: 0, failed: 100, canceled: 0 };
    const view = {
      jobs,
      query: new URLSearchParams(),
      counts: { of, counted: 100, isCapped: true },
      nextCursor: 'x'.repeat(200),
      actions: [],
      types: ['countdown'],
      canControl: true,
      now: t0,
    };
    expect(bytesOf(dashboard(view))).toBeLessThan(maxBytes);
  });
});

test.each([
  ['many small values', Array.from({ length: 7_000 }, () => 0)],
  [
    'many rows of many columns',
    Array.from({ length: 50 }, () =>
      Object.fromEntries('abcdefghijkl'.split('').map((name) => [name, [1, 2, 3]])),
    ),
  ],
  ['texts of signs', Array.from({ length: 45 }, () => '"'.repeat(150))],
])('a result with %s fits into a page, or is offered as a file', (_what, result) => {
  const job = toJobResponse(aQueuedItem({ status: 'succeeded', result: JSON.stringify(result) }), urls);
  const view = {
    job,
    dependencies: [],
    dependents: [],
    wakesAt: undefined,
    rights,
    grantQuery: '',
    hasSecretResult: false,
    now: t0,
  };
  expect(bytesOf(jobPage(view))).toBeLessThan(maxBytes);
});
