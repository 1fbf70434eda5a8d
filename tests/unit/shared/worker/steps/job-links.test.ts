import { describe, expect, test } from '@jest/globals';
import {
  type AskedByLink,
  actorOfLink,
  type LinkTerms,
  nameInLink,
} from '../../../../../shared/domain/access/signal-link.ts';
import { StepError } from '../../../../../shared/domain/base/errors.ts';
import { shortActor } from '../../../../../shared/domain/state/job/history.ts';
import { jobLink } from '../../../../../shared/worker/steps/job-links.ts';
import { FixedClock, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { booking } from '../../../../job-types/booking/contract.ts';
import { aQueuedItem, dayMs, jobId } from '../../../../set-ups/samples.ts';

type LinkCall = Omit<Parameters<typeof jobLink>[1], 'name'>;

/** Makes a link. @param wait that has begun under the key `approve` */
async function linkWith(
  options: LinkCall & { readonly name?: string } = {},
  wait?: { run: number; until: number },
) {
  const made: [AskedByLink, LinkTerms][] = [];
  const links = {
    make: async (...all: (typeof made)[number]) => {
      made.push(all);
      return 'a link';
    },
  };
  const memo = { find: (key: string) => (key === 'approve' && wait ? { key, wait } : undefined) };
  const running = { item: aQueuedItem(), contract: booking, run: 2, memo };
  const link = await jobLink(running, { name: 'approve', ...options }, { links, clock: new FixedClock() });
  const [[asked, terms]] = made as [(typeof made)[number]];
  return { link, asked, terms };
}

describe('a link to answer a job', () => {
  test('is for the wait under the name of the signal, and good for a week', async () => {
    const { link, asked, terms } = await linkWith();
    expect(link).toBe('a link');
    expect(asked).toEqual({ id: jobId, name: 'approve', key: 'approve', about: undefined });
    expect(terms).toEqual({ createdAt: aQueuedItem().createdAt, expiresAt: t0 + 7 * dayMs });
  });

  test('is for the wait under a key, and says what it is about', async () => {
    expect((await linkWith({ key: 'turn-1', about: 'Order 17' })).asked).toMatchObject({
      key: 'turn-1',
      about: 'Order 17',
    });
  });

  test('is for a person, whose whole name an item holds', async () => {
    const as = 'ü'.repeat(33);
    expect((await linkWith({ as })).asked.as).toBe(as);
    expect(nameInLink(shortActor(actorOfLink(as)))).toBe(as);
    expect(nameInLink(actorOfLink(undefined))).toBeUndefined();
  });

  test.each([
    ['seconds', 60, t0 + 60_000],
    ['a time', new Date(t0 + 5_000), t0 + 5_000],
    ['thirty days', 30 * 24 * 3600, t0 + 30 * dayMs],
  ])('is good for as long as is asked for: %s', async (_what, within, expiresAt) => {
    expect((await linkWith({ within })).terms.expiresAt).toBe(expiresAt);
  });

  test('is good until its wait ends, if that has begun in this run', async () => {
    const until = t0 + 3 * dayMs;
    expect((await linkWith({}, { run: 2, until })).terms.expiresAt).toBe(until);
    expect((await linkWith({}, { run: 1, until })).terms.expiresAt).toBe(t0 + 7 * dayMs);
    const far = { run: 2, until: t0 + 90 * dayMs };
    expect((await linkWith({}, far)).terms.expiresAt).toBe(t0 + 30 * dayMs);
  });

  test.each<[string, Parameters<typeof linkWith>[0]]>([
    ['a signal that the contract does not have', { name: 'refuse' }],
    ['more than thirty days', { within: 30 * 24 * 3600 + 1 }],
    ['no time', { within: Number.NaN }],
    ['an empty key', { key: '' }],
    ['a long key', { key: 'x'.repeat(201) }],
    ['half a character in the key', { key: '\ud800' }],
    ['a long text', { about: 'x'.repeat(201) }],
    ['half a character', { about: '\ud800' }],
    ['nobody', { as: '' }],
    ['a long name', { as: 'ü'.repeat(34) }],
    ['half a character in a name', { as: '\ud800' }],
  ])('is not made for %s', async (_what, options) => {
    await expect(linkWith(options)).rejects.toThrow(StepError);
  });

  test('is not made where nobody can', async () => {
    const running = { item: aQueuedItem(), contract: booking, run: 1, memo: undefined };
    const made = jobLink(running, { name: 'approve' }, { clock: new FixedClock() });
    await expect(made).rejects.toThrow(new StepError('no links are made here'));
  });
});
