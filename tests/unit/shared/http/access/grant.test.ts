import { describe, expect, test } from '@jest/globals';
import { grantFor, isGranted } from '../../../../../shared/http/access/grant.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { aRootEntry } from '../../../../set-ups/access.ts';
import { anId, aQueuedItem, dayMs, jobId } from '../../../../set-ups/samples.ts';

const root = aRootEntry();
const granting = { root, retentionDays: 30 };
const job = aQueuedItem();
const grant = grantFor(job, granting);
const isGood = (text: string, over: { id?: string; root?: typeof root; now?: number } = {}) =>
  isGranted(text, { id: jobId, root, now: t0, ...over });

/** The last day on which the grant is valid, since 1970. */
const lastDayOf = (text: string) => Number(text.split('.')[0]);
const createdDay = Math.floor(job.createdAt / dayMs);

describe('a grant', () => {
  test('lets its holder look at the job from its creation until a job of 14 days has been kept for its time', () => {
    expect(isGood(grant, { now: job.createdAt })).toBe(true);
    const lastDay = (createdDay + 14 + 30) * dayMs;
    expect(isGood(grant, { now: lastDay + dayMs - 1 })).toBe(true);
    expect(isGood(grant, { now: lastDay + 2 * dayMs })).toBe(false);
  });

  test('of a job that is due in a year lasts until that job has been kept for its time', () => {
    const runAt = job.createdAt + 365 * dayMs;
    const early = grantFor({ ...job, runAt }, granting);
    expect(lastDayOf(early)).toBeGreaterThanOrEqual(createdDay + 365 + 30);
    expect(grantFor({ ...job, runAt, updatedAt: runAt + dayMs }, granting)).toBe(early);
  });

  test('is text that an address can hold, and names neither tenant nor job', () => {
    expect(grant).toMatch(/^\d+\.[\w-]{43}$/);
    expect(grantFor({ ...job, tenant: 'another' } as typeof job, granting)).toBe(grant);
  });

  test.each([1, 7, 15])('is the same for a job that was written to %d days later', (days) => {
    expect(grantFor({ ...job, updatedAt: job.updatedAt + days * dayMs }, granting)).toBe(grant);
  });

  test.each([16, 45, 60, 366])(
    'of a job that still runs after %d days lasts as long as it is kept',
    (days) => {
      const later = grantFor({ ...job, updatedAt: job.updatedAt + days * dayMs }, granting);
      expect(lastDayOf(later)).toBeGreaterThanOrEqual(createdDay + days + 30);
      expect((lastDayOf(later) - createdDay) % 45).toBe(0);
      expect(isGood(later)).toBe(true);
    },
  );

  test.each([
    ['for another job', grantFor({ ...job, id: anId(1) }, granting)],
    ['without its last character', grant.slice(0, -1)],
    ['without its first character', grant.slice(1)],
    ['without its signature', `${lastDayOf(grant)}.`],
    ['without a day', grant.slice(grant.indexOf('.'))],
    ['with a later day', grant.replace(/^\d+/, String(lastDayOf(grant) + 1))],
    ['with the same day in other digits', `0${grant}`],
    ['with another signature', `${grant.slice(0, -2)}AA`],
    ['with a space', `${grant} `],
    ['with a line end', `${grant}\n`],
    ['that is sent twice', `${grant},${grant}`],
    ['of another root secret', grantFor(job, { ...granting, root: aRootEntry({ secret: 'x'.repeat(43) }) })],
    ['that is empty', ''],
    ['that is long', '1.'.repeat(100_000)],
  ])('%s is refused', (_what, text) => {
    expect(isGood(text)).toBe(false);
  });

  // 43 characters of base64url have room for 258 bits.
  test('is refused if its last character is another one for the same bytes', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(grant.slice(-1));
    const same = `${grant.slice(0, -1)}${alphabet[last ^ 1]}`;
    expect(Buffer.from(same.split('.')[1] ?? '', 'base64url')).toEqual(
      Buffer.from(grant.split('.')[1] ?? '', 'base64url'),
    );
    expect(isGood(same)).toBe(false);
  });

  test('is good for one job', () => {
    expect(isGood(grant, { id: anId(1) })).toBe(false);
    expect(isGood(grant, { id: `${jobId}/1` })).toBe(false);
  });

  test('ends when the version of its key is raised, and with no other', () => {
    const raised = (versions: Partial<typeof root.versions>) =>
      isGood(grant, { root: aRootEntry({ versions: { ...root.versions, ...versions } }) });
    expect(raised({ cookie: 2, cursor: 2, webhook: 2 })).toBe(true);
    expect(raised({ grant: 2 })).toBe(false);
  });
});
