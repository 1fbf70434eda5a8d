import { describe, expect, test } from '@jest/globals';
import { type Attempt, delivered, down, rejected } from '../../../../shared/notify/attempt.ts';
import { type BreakerLimits, breakerLimits } from '../../../../shared/notify/endpoint-breakers.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aNotification, aNotifyFunction, hook } from '../../../set-ups/notify.ts';

const hourMs = 3_600_000;
const endpoint = { tenant: 'a tenant', origin: new URL(hook).origin };
const notFound = rejected('HTTP 404');

const aMessage = (number: number, path = '/jobs') =>
  aNotification({
    jobId: `${number}`.padStart(8, '0'),
    finishedAt: t0 + number,
    target: { url: `${endpoint.origin}${path}` },
  });

/** The function `notify`, and a receiver with several paths. */
function aReceiver(answer: (path: string) => Attempt, limits: Partial<BreakerLimits> = {}) {
  const receiver = { answer };
  const notify = aNotifyFunction({
    limits,
    notify: ({ target }) => receiver.answer('url' in target ? new URL(target.url).pathname : ''),
  });
  const { clock, notifications, schedules, endpoints, tries, deliver, deliverText } = notify;
  const parked = () => [...endpoints.parked.values()].flatMap((all) => [...all.values()]);
  let triesTaken = 0;
  /** What is due until then is delivered: messages, and tries of the endpoint. */
  const pass = async (ms: number): Promise<void> => {
    const end = clock.now() + ms;
    for (;;) {
      const nextTry = tries.sent[triesTaken]?.message;
      const nextAt = Math.min(notifications.nextAt ?? end + 1, nextTry?.dueAt ?? end + 1);
      if (nextAt > end) break;
      await clock.advance(Math.max(0, nextAt - clock.now()));
      for (const message of notifications.take()) await deliver(message);
      if (!nextTry || nextTry.dueAt > clock.now()) continue;
      triesTaken += 1;
      await deliverText(JSON.stringify(nextTry));
    }
    await clock.advance(end - clock.now());
  };
  const submit = async (count: number, { from = 0, path = '/jobs' } = {}) => {
    for (let number = from; number < from + count; number += 1) await deliver(aMessage(number, path));
  };
  return { ...notify, receiver, parked, pass, submit, standing: () => schedules.schedules.size };
}

describe('an endpoint that takes nothing', () => {
  test('makes few schedules, however many notifications it rejects', async () => {
    const { submit, pass, standing, parked, tries, endpoints, deadLetters } = aReceiver(() => notFound);
    await submit(1_000);
    await pass(3 * hourMs);
    expect(standing()).toBeLessThanOrEqual(breakerLimits.rejections);
    expect(parked().length).toBeGreaterThanOrEqual(1_000 - breakerLimits.rejections);
    expect(await endpoints.read(endpoint)).toMatchObject({ state: 'open', rejects: true, why: 'HTTP 404' });
    // One message at a time, every 13 minutes in the end.
    expect(tries.sent.length).toBeLessThan(25);
    expect(deadLetters.sent).toEqual([]);
  });

  test('made a schedule for each of them, as long as it had no breaker', async () => {
    const { submit, pass, standing } = aReceiver(() => notFound, { rejections: Number.POSITIVE_INFINITY });
    await submit(1_000);
    await pass(3 * hourMs);
    expect(standing()).toBe(1_000);
  });

  test('gets one attempt of each, and then 32 at a time', async () => {
    const { submit, pass, notified, tries } = aReceiver(() => notFound);
    await submit(200);
    await pass(hourMs);
    expect(notified.length).toBeGreaterThanOrEqual(200);
    expect(notified.length).toBeLessThanOrEqual(200 + breakerLimits.rejections + 32 * tries.sent.length);
  });

  test('has all of it within 15 minutes when it takes it again', async () => {
    const { submit, pass, receiver, parked, endpoints, notified } = aReceiver(() => notFound);
    await submit(100);
    await pass(2 * hourMs);
    receiver.answer = () => delivered;
    const before = notified.length;
    await pass(15 * 60_000);
    expect(parked()).toEqual([]);
    expect(notified.length - before).toBe(100);
    expect(await endpoints.read(endpoint)).toMatchObject({ state: 'closed' });
  });

  test('is tried like one that is down, if it hangs', async () => {
    const { submit, receiver, notified, endpoints } = aReceiver(() => notFound);
    await submit(10);
    receiver.answer = () => down('no answer');
    await submit(100, { from: 10 });
    expect(notified).toHaveLength(10 + breakerLimits.failures);
    const breaker = await endpoints.read(endpoint);
    expect(breaker).toMatchObject({ state: 'open', pass: 1, why: 'no answer', rejects: undefined });
  });

  test('has waited for 72 hours: the job says so, and nobody is called', async () => {
    const { submit, pass, parked, deadLetters, meters, endpoints } = aReceiver(() => notFound);
    await submit(100);
    await pass(73 * hourMs);
    expect(parked()).toEqual([]);
    expect(deadLetters.sent).toEqual([]);
    expect(meters.sums.NotificationsGivenUp).toBeGreaterThanOrEqual(95);
    expect(await endpoints.read(endpoint)).toMatchObject({ state: 'closed' });
  });
});

describe('an endpoint that rejects some', () => {
  const bad = (path: string) => (path === '/old' ? notFound : delivered);

  test('has the others at once, although its breaker is open', async () => {
    const { submit, notified, endpoints, parked } = aReceiver(bad);
    await submit(50, { path: '/old' });
    expect(await endpoints.read(endpoint)).toMatchObject({ state: 'open', rejects: true });
    await submit(50, { from: 50 });
    expect(notified.filter(({ message }) => Number(message.jobId) >= 50)).toHaveLength(50);
    expect(parked().every(({ message }) => Number(message.jobId) < 50)).toBe(true);
  });

  test('has no open breaker, if it takes one of five', async () => {
    const { submit, endpoints } = aReceiver(bad);
    for (let number = 0; number < 100; number += 5) {
      await submit(4, { from: number, path: '/old' });
      await submit(1, { from: number + 4 });
    }
    expect(await endpoints.read(endpoint)).toMatchObject({ state: 'closed' });
  });

  test('has the others, too, that were parked behind those while it was down', async () => {
    const { submit, pass, receiver, parked, standing } = aReceiver(() => down('HTTP 500'));
    await submit(300, { path: '/old' });
    await submit(20, { from: 300 });
    expect(parked().length).toBeGreaterThan(310);
    receiver.answer = bad;
    await pass(3 * hourMs);
    expect(parked().filter(({ message }) => Number(message.jobId) >= 300)).toEqual([]);
    expect(parked().length).toBeGreaterThan(290);
    expect(standing()).toBeLessThanOrEqual(breakerLimits.failures);
  });
});
