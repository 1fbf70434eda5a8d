import { expect, test } from '@jest/globals';
import { maxTryingMs } from '../../../../shared/domain/notify/endpoint.ts';
import { turnAfter } from '../../../../shared/notify/retry-plan.ts';
import { notifyWithinLimit } from '../../../../shared/notify/within-limit.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aNotification, aNotifyFunction } from '../../../set-ups/notify.ts';
import { aDoor } from '../../../set-ups/tenant-door.ts';

const why = 'waits for its turn: the tenant may send 1 webhooks a minute to this host (webhooksPerMinute)';
const postponed = { kind: 'postponed', why, retryAfterSeconds: 60 } as const;
const delivered = { kind: 'delivered' } as const;

test('a tenant sends as many webhooks a minute to a host as it may', async () => {
  const { door, clock } = aDoor({ webhooksPerMinute: 1 });
  const notify = notifyWithinLimit(async () => delivered, door);
  const to = (url: string, tenant = 'a tenant') => notify(aNotification({ target: { url }, tenant }));
  expect(await to('https://one.example/a')).toEqual(delivered);
  // Neither the path nor the port makes another host.
  expect(await to('https://one.example:8443/b')).toEqual(postponed);
  expect(await to('https://other.example/a')).toEqual(delivered);
  expect(await to('https://one.example/a', 'another tenant')).toEqual(delivered);
  await clock.advance(60_000);
  expect(await to('https://one.example/a')).toEqual(delivered);
  expect(await door.look('a tenant')).toEqual({ webhooksPerMinute: { max: 1 } });
});

test('what goes to no host has no limit, and without the limit nothing is asked', async () => {
  const { door, rates } = aDoor({ webhooksPerMinute: 'none' });
  rates.take = () => Promise.reject(new Error('asked'));
  const notify = notifyWithinLimit(async () => delivered, door);
  expect(await notify(aNotification())).toEqual(delivered);
  const limited = notifyWithinLimit(async () => delivered, aDoor({ webhooksPerMinute: 1 }).door);
  for (const target of [{ event: true }, { event: true }, { email: 'a@example.com' }, { url: 'no' }] as const)
    expect(await limited(aNotification({ target }))).toEqual(delivered);
});

test('a notification that waits for its turn is sent anew, uses no attempt, and opens no breaker', async () => {
  const { deliver, notifications, schedules, records, log, endpoints } = aNotifyFunction({
    attempts: [postponed],
    limits: { failures: 1, rejections: 1 },
  });
  for (let count = 0; count < 3; count += 1)
    expect(await deliver(aNotification({ attempts: 2 }))).toEqual({
      kind: 'delete',
      why: 'the notification waits for its turn',
    });
  expect(notifications.sent).toHaveLength(3);
  const [next] = notifications.sent;
  expect(next).toMatchObject({ message: { attempts: 2, firstAt: t0 } });
  expect(schedules.schedules.size).toBe(0);
  expect(records()).toEqual([{ status: 'pending', attempts: 2, lastError: why }, null]);
  expect(endpoints.breakers.size).toBe(0);
  expect(log.lines.filter(({ level }) => level !== 'debug')).toEqual([]);
});

test('that it waits is written once', async () => {
  let writes = 0;
  const { deliver } = aNotifyFunction({
    attempts: [postponed],
    before: (call) => {
      if (call === 'write recordNotification') writes += 1;
    },
  });
  for (let count = 0; count < 3; count += 1) await deliver();
  expect(writes).toBe(1);
});

test('a notification whose turn has not come for 72 hours is given up', async () => {
  const { deliver, notifications, records } = aNotifyFunction({ attempts: [postponed] });
  await deliver(aNotification({ attempts: 1, firstAt: t0 - maxTryingMs + 1 }));
  expect(notifications.sent).toHaveLength(1);
  await deliver(aNotification({ attempts: 1, firstAt: t0 - maxTryingMs }));
  expect(notifications.sent).toHaveLength(1);
  expect(records()).toEqual([{ status: 'failed', attempts: 1, lastError: why, givenUp: true }, null]);
});

test('a wait for a turn grows, and never needs a schedule', () => {
  expect(turnAfter(0, 0, 7)).toBe(7_000);
  expect(turnAfter(0, 1, 7)).toBe(67_000);
  expect(turnAfter(20 * 60_000, 1, 7)).toBe(607_000);
  expect(turnAfter(10 * 3_600_000, 0.9, 60)).toBe(900_000);
});
