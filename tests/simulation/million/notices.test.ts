import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { delivered, down, rejected } from '../../../shared/notify/attempt.ts';
import { recordFigures } from '../figures.js';
import { expectRows } from './expect-rows.ts';
import { noticeFigures, rowOfNotices } from './notice-rows.ts';
import { playNotices } from './notices.ts';
import { answersAfterMs, playSlowReceivers, rowOfSlow } from './slow-rows.ts';
import { playAllSubmissions, rowOfSubmissions } from './submission-rows.ts';

const isFull = process.env.SIMULATION === 'full';
const count = isFull ? 1_000_000 : 3_000;
const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { stdout } = await promisify(execFile)(process.execPath, [fileOf('million-notices.ts'), String(count)]);
const loads = noticeFigures.parse(JSON.parse(stdout));
recordFigures(`${count} notices`, stdout);

const today = loads.filter(({ name }) => !name.includes('without'));
test.each(today)(
  'of an endpoint that $name no notice makes a schedule, and none of another tenant is late',
  (played) => {
    expect(played.schedules).toBe(0);
    expect(played.max).toBeLessThan(5);
    // A queue has 120,000 places, and a partition takes 1,000 writes and 3,000 reads a second.
    expect(played.inFlight).toBeLessThan(60_000);
    expect(played.writesMost).toBeLessThan(1_000);
    expect(played.readsMost).toBeLessThan(3_000);
  },
);

test('what is not taken is parked, and all of it is delivered when the endpoint is back', () => {
  const [, dead, hanging, rejecting] = today;
  for (const each of [dead, hanging, rejecting]) expect(each?.parked).toBeGreaterThan(0.99 * count);
  expect(dead?.drainedAfter).toBeGreaterThan(0);
  // A dead one is hardly asked; one that answers is asked once by each.
  expect(dead?.attempts).toBeLessThan(500);
  expect(rejecting?.attempts).toBeGreaterThanOrEqual(count);
});

test('without breakers and groups, those of another tenant are late: the model can tell', () => {
  const [before] = loads.filter(({ name }) => name.includes('without'));
  expect(before?.max).toBeGreaterThan(10);
});

test.each([
  ['is dead', down('no connection')],
  ['answers 404', rejected('HTTP 404')],
])(
  'without a breaker, each notice has a schedule to an endpoint that %s: the model can tell',
  async (_name, answer) => {
    const limits = { failures: Number.POSITIVE_INFINITY, rejections: Number.POSITIVE_INFINITY };
    const { schedules } = await playNotices({
      count: 300,
      perSecond: 500,
      answer,
      answersAfterMs: 50,
      limits,
    });
    expect(schedules).toBe(300);
  },
);

const slow = await playSlowReceivers();

const beside = slow.filter(({ slowFrom }) => slowFrom === 0);
test.each(beside)(
  'beside $receivers slow receivers with $each notices a second, and $places places, one of another tenant takes at most twice as long as alone',
  ({ max }) => {
    expect(max).toBeLessThanOrEqual(2 * (slow[0]?.max ?? 0));
  },
);

test.each(slow)(
  'only before its receiver is known, or the others are, one waits for one answer: beside $receivers with $places places, slow from second $slowFrom on',
  ({ first, p50, max }) => {
    expect(Math.max(first, max)).toBeLessThan(answersAfterMs / 1_000 + 1);
    expect(p50).toBe(slow[0]?.p50);
  },
);

test('without a queue of their own, they hold up those of others: the model can tell', async () => {
  const load = { receivers: 60, places: 4, perSecond: 60, count: 6_000, areApart: false };
  const { late } = await playNotices({ ...load, answer: delivered, answersAfterMs });
  expect(Math.max(...late)).toBeGreaterThan(10);
});

test('what waits behind others to a slow receiver is sent once', async () => {
  const load = { receivers: 1, places: 4, perSecond: 100, count: 100 };
  const { attempts, handedOver } = await playNotices({ ...load, answer: delivered, answersAfterMs });
  // With two of B, whose receiver is not known yet.
  expect([attempts, handedOver]).toEqual([100, 102]);
});

const submissions = playAllSubmissions(1_000_000);

test('a tenant with a limit gets what the limit says of a million jobs in a minute, and takes no call that fails', () => {
  for (const [name, { accepted, unavailable }] of submissions)
    if (name.includes('jobsPerMinute')) expect([accepted <= 1_200, unavailable]).toEqual([true, 0]);
});

test('one that submits them by batches takes no request of another one, and one that does not takes nearly all', () => {
  for (const [name, { refusedOfB }] of submissions)
    expect([name, refusedOfB > 0]).toEqual([name, name.startsWith('one a request')]);
});

test('the page has the figures of submissions', () => {
  expectRows('tenants', submissions.map(rowOfSubmissions));
});

test('the page has the figures of slow receivers', () => {
  expectRows('tenants', slow.map(rowOfSlow));
});

(isFull ? test : test.skip)('the page has the figures of a million notices', () => {
  expectRows('tenants', loads.map(rowOfNotices));
});
