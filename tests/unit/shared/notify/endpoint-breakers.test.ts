import { describe, expect, test } from '@jest/globals';
import { StoreUnavailableError } from '../../../../shared/domain/base/errors.ts';
import { breakerWrite } from '../../../../shared/domain/notify/breaker.ts';
import { parkingShards } from '../../../../shared/domain/notify/endpoint.ts';
import type { NotificationMessage } from '../../../../shared/domain/notify/notification.ts';
import { shardOf } from '../../../../shared/domain/state/job/list-keys.ts';
import { type Attempt, delivered, down, rejected } from '../../../../shared/notify/attempt.ts';
import { breakerLimits, EndpointBreakers } from '../../../../shared/notify/endpoint-breakers.ts';
import { FixedClock, fixedRandom, t0 } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryEndpoints } from '../../../../testkit/fakes/in-memory-endpoints.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';
import { aNotification, aNotifyFunction, hook } from '../../../set-ups/notify.ts';

const endpoint = { tenant: 'a tenant', origin: new URL(hook).origin };

/** A process, and the table of endpoints, whose reads are counted. */
function aProcess(endpoints = new InMemoryEndpoints()) {
  const clock = new FixedClock();
  const counts = { reads: 0, writes: 0 };
  const breakers = new EndpointBreakers({
    endpoints: {
      read: (one) => {
        counts.reads += 1;
        return endpoints.read(one);
      },
      write: (write) => {
        counts.writes += 1;
        return endpoints.write(write);
      },
    },
    ...{ clock, random: fixedRandom(), log: recordedLog() },
  });
  const attempt = (how = down('HTTP 500'), at = endpoint) => breakers.attempt(at, async () => how, 'one');
  return { breakers, endpoints, clock, counts, attempt };
}

/** Ten attempts, which get an answer when the test calls what is in `waiting`. */
function tenThatWait(breakers: EndpointBreakers, how: Attempt) {
  const waiting: (() => void)[] = [];
  const notify = async () => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return how;
  };
  const outcomes = Array.from({ length: 10 }, (_, number) =>
    breakers.attempt(endpoint, notify, String(number)),
  );
  return { outcomes, waiting };
}

const attempts = async (count: number, make: () => Promise<unknown>): Promise<void> => {
  for (let made = 0; made < count; made += 1) await make();
};

describe('an endpoint that answers', () => {
  test('costs two reads and one write for all processes, and one read in the life of another one, however many are sent', async () => {
    const { attempt, counts, endpoints } = aProcess();
    await Promise.all(Array.from({ length: 100 }, () => attempt(delivered)));
    await attempts(100, () => attempt(delivered));
    expect(counts).toEqual({ reads: 2, writes: 1 });
    const other = aProcess(endpoints);
    await attempts(100, () => other.attempt(delivered));
    expect(other.counts).toEqual({ reads: 1, writes: 0 });
  });

  test('and rejects one notification again and again, has no open breaker', async () => {
    const { attempt, endpoints } = aProcess();
    await attempts(50, () => attempt(rejected('HTTP 404')));
    expect(await endpoints.read(endpoint)).toMatchObject({ state: 'closed' });
  });

  test('slowly holds an invocation for one answer, and not for a second one after it', async () => {
    const { breakers, clock } = aProcess();
    const { outcomes, waiting } = tenThatWait(breakers, delivered);
    await clock.advance(14_000);
    expect(waiting).toHaveLength(breakerLimits.atATime);
    for (const answer of waiting) answer();
    const ended = await Promise.all(outcomes);
    expect(ended.filter((outcome) => outcome === 'busy')).toHaveLength(10 - breakerLimits.atATime);
    expect(await breakers.attempt(endpoint, async () => delivered, 'one')).toBe(delivered);
  });

  test('now and then has no open breaker', async () => {
    const { attempt, endpoints } = aProcess();
    await attempts(5, async () => {
      await attempts(breakerLimits.failures - 1, attempt);
      await attempt(delivered);
    });
    expect(await endpoints.read(endpoint)).toMatchObject({ state: 'closed' });
  });
});

describe('an endpoint that is down', () => {
  test('has an open breaker after so many failures in a row', async () => {
    const { attempt, endpoints, breakers } = aProcess();
    await attempts(breakerLimits.failures - 1, attempt);
    expect(endpoints.breakers.size).toBe(0);
    await attempt();
    expect(await endpoints.read(endpoint)).toMatchObject({ state: 'open', pass: 1, why: 'HTTP 500' });
    expect(await endpoints.read(endpoint)).not.toHaveProperty('announced');
    expect(breakers.isKnownOpen(endpoint)).toBe(true);
  });

  test('gets no attempt, and for some seconds not even its breaker is read', async () => {
    const { attempt, counts, clock } = aProcess();
    await attempts(breakerLimits.failures, attempt);
    const { reads } = counts;
    for (const _one of Array.from({ length: 100 })) expect(await attempt(delivered)).toBe('open');
    expect(counts.reads).toBe(reads);
    await clock.advance(breakerLimits.knownOpenMs);
    expect(await attempt(delivered)).toBe('open');
    expect(counts.reads).toBe(reads + 1);
  });

  test('gets none from another process either', async () => {
    const { attempt, endpoints } = aProcess();
    await attempts(breakerLimits.failures, attempt);
    const other = aProcess(endpoints);
    expect(await other.attempt(delivered)).toBe('open');
  });

  test('does not matter to another endpoint, and not to that of another tenant', async () => {
    const { attempt } = aProcess();
    await attempts(breakerLimits.failures, attempt);
    for (const other of [
      { ...endpoint, origin: 'https://other.example' },
      { ...endpoint, tenant: 'another tenant' },
    ])
      expect(await attempt(delivered, other)).toBe(delivered);
  });

  test('hangs for some at a time, and for nobody after that; those of others are notified at once', async () => {
    const { breakers } = aProcess();
    const { outcomes, waiting: hanging } = tenThatWait(breakers, down('no answer'));
    const other = { ...endpoint, tenant: 'another tenant' };
    expect(await breakers.attempt(other, async () => delivered, 'one')).toBe(delivered);
    expect(hanging).toHaveLength(breakerLimits.atATime);
    for (const end of hanging) end();
    const ended = await Promise.all(outcomes);
    expect(ended.filter((outcome) => outcome === 'open')).toHaveLength(10 - breakerLimits.atATime);
    expect(hanging).toHaveLength(breakerLimits.atATime);
  });
});

describe('whether an endpoint may be slow', () => {
  const minute = 60_000;
  /** An attempt that takes so long. */
  async function attemptOf(ms: number, { breakers, clock }: ReturnType<typeof aProcess>, how = delivered) {
    return breakers.attempt(endpoint, async () => clock.advance(ms).then(() => how), 'one');
  }
  const [quick, slow] = [2_000, 2_001];

  test.each<[string, readonly (readonly [ms: number, afterMs: number, how?: Attempt])[], boolean]>([
    ['is not known', [], true],
    ['answers quickly', [[quick, 0]], false],
    ['takes nothing, quickly', [[quick, 0, rejected('HTTP 404')]], false],
    ['answers slowly', [[slow, 0]], true],
    ['does not answer', [[10, 0, down('no connection')]], true],
    [
      'was not asked, since a turn has not come',
      [[10, 0, { kind: 'postponed', why: '', retryAfterSeconds: 1 }]],
      true,
    ],
    ['cannot be asked', [[10, 0, { kind: 'impossible', why: '' }]], true],
    [
      'was quick, and answers slowly',
      [
        [quick, 0],
        [slow, 1_000],
      ],
      true,
    ],
    [
      'was quick, and does not answer',
      [
        [quick, 0],
        [15_000, 0, down('no answer')],
      ],
      true,
    ],
    [
      'was slow a moment ago, and answers quickly',
      [
        [slow, 0],
        [quick, 9 * minute],
      ],
      true,
    ],
    [
      'was slow, and answers quickly later',
      [
        [slow, 0],
        [quick, 10 * minute],
      ],
      false,
    ],
    [
      'is slow now and then',
      [
        [slow, 0],
        [slow, 6 * minute],
        [quick, 6 * minute],
      ],
      true,
    ],
  ])('it %s: each process says so', async (_name, answers, mayBeSlow) => {
    const endpoints = new InMemoryEndpoints();
    const one = aProcess(endpoints);
    for (const [ms, afterMs, how] of answers) {
      await one.clock.advance(afterMs);
      await attemptOf(ms, one, how);
    }
    expect(await one.breakers.mayBeSlow(endpoint)).toBe(mayBeSlow);
    expect(await aProcess(endpoints).breakers.mayBeSlow(endpoint)).toBe(mayBeSlow);
  });

  test('a process looks again every ten seconds, and after one if nobody knows', async () => {
    const endpoints = new InMemoryEndpoints();
    const [one, other] = [aProcess(endpoints), aProcess(endpoints)];
    expect(await other.breakers.mayBeSlow(endpoint)).toBe(true);
    await attemptOf(100, one);
    expect(await other.breakers.mayBeSlow(endpoint)).toBe(true);
    await other.clock.advance(1_000);
    expect(await other.breakers.mayBeSlow(endpoint)).toBe(false);
    await attemptOf(slow, one);
    const { reads } = other.counts;
    await other.clock.advance(9_999);
    expect([await other.breakers.mayBeSlow(endpoint), other.counts.reads]).toEqual([false, reads]);
    await other.clock.advance(1);
    expect([await other.breakers.mayBeSlow(endpoint), other.counts.reads]).toEqual([true, reads + 1]);
  });

  test('one that stays slow costs a write in five minutes, and one that stays quick one in eight days', async () => {
    const [slowly, quickly] = [aProcess(), aProcess()];
    await attempts(20, () => attemptOf(minute, slowly));
    expect(slowly.counts.writes).toBe(4);
    await attemptOf(quick, quickly);
    await quickly.clock.advance(8 * 24 * 60 * minute - 1);
    await attemptOf(1, quickly);
    expect(quickly.counts.writes).toBe(2);
    await attempts(20, () => attemptOf(quick, quickly));
    expect(quickly.counts.writes).toBe(2);
  });

  test('one that is down is parked where it is found, and one that rejects what is sent may be slow', async () => {
    const [dead, rejecting] = [aProcess(), aProcess()];
    await attempts(breakerLimits.failures, () => dead.attempt());
    expect(await dead.breakers.mayBeSlow(endpoint)).toBe(false);
    for (let number = 0; number < breakerLimits.rejections; number += 1)
      await rejecting.breakers.attempt(endpoint, async () => rejected('HTTP 404'), String(number));
    expect(await rejecting.breakers.mayBeSlow(endpoint)).toBe(true);
  });

  test('one that was down is not known to be quick before it has answered again', async () => {
    const { breakers, endpoints, attempt, clock } = aProcess();
    await attempt(delivered);
    await attempts(breakerLimits.failures, attempt);
    const { pass = 0 } = (await endpoints.read(endpoint)) ?? {};
    expect(
      await endpoints.write(breakerWrite('close', { endpoint, pass, now: clock.now(), failures: 0 })),
    ).toBe(true);
    await clock.advance(breakerLimits.knownOpenMs);
    expect(await breakers.mayBeSlow(endpoint)).toBe(true);
    await attempt(delivered);
    expect(await breakers.mayBeSlow(endpoint)).toBe(false);
  });

  test('a note that cannot be written fails no attempt, and is written after the next one', async () => {
    const clock = new FixedClock();
    const [endpoints, log] = [new InMemoryEndpoints(), recordedLog()];
    let isOut = true;
    const breakers = new EndpointBreakers({
      endpoints: {
        read: (one) => endpoints.read(one),
        write: async (write) => {
          if (isOut) throw new StoreUnavailableError('out');
          return endpoints.write(write);
        },
      },
      ...{ clock, random: fixedRandom(), log },
    });
    expect(await breakers.attempt(endpoint, async () => delivered, 'one')).toBe(delivered);
    expect(await breakers.mayBeSlow(endpoint)).toBe(true);
    isOut = false;
    await breakers.attempt(endpoint, async () => delivered, 'one');
    expect(await breakers.mayBeSlow(endpoint)).toBe(false);
  });
});

const noAnswer = down('no answer');
const aMessage = (number: number, over: Partial<NotificationMessage> = {}) =>
  aNotification({ jobId: `${number}`.padStart(8, '0'), ...over });

/** The function `notify`, whose first attempts fail. */
async function withOpenBreaker(more: Parameters<typeof aNotifyFunction>[0] = {}) {
  const notify = aNotifyFunction({
    attempts: [noAnswer, { kind: 'delivered' }],
    limits: { failures: 1 },
    ...more,
  });
  await notify.deliver(aMessage(0));
  const parked = () => [...notify.endpoints.parked.values()].flatMap((all) => [...all.values()]);
  const tries = () => notify.tries.sent.map(({ message }) => message);
  const tryNext = async () => {
    const message = tries().at(-1);
    if (!message) throw new Error('no try was sent');
    await notify.clock.advance(Math.max(0, message.dueAt - notify.clock.now()));
    return notify.deliverText(JSON.stringify(message));
  };
  return { ...notify, parked, tries, tryNext };
}

describe('a notification whose endpoint is down', () => {
  test('is parked, with its attempt and since when it counts; one message tries the endpoint', async () => {
    const { parked, tries, schedules, notifications } = await withOpenBreaker();
    expect(parked()).toMatchObject([
      { message: { jobId: '00000000', attempts: 1, firstAt: t0 }, giveUpAt: t0 + 72 * 3_600_000 },
    ]);
    expect(tries()).toEqual([{ version: 3, tryEndpoint: endpoint, pass: 1, dueAt: t0 + 5_000 }]);
    expect([schedules.schedules.size, notifications.sent]).toEqual([0, []]);
  });

  test('costs an item, and no attempt, no message and no schedule, if the breaker is open', async () => {
    const { deliver, parked, tries, notified, notifications } = await withOpenBreaker();
    for (const number of [1, 2, 3, 3]) expect((await deliver(aMessage(number))).kind).toBe('delete');
    expect(parked()).toHaveLength(4);
    expect(notified).toHaveLength(1);
    expect(tries()).toHaveLength(1);
    expect(notifications.sent).toEqual([]);
  });

  test('is delivered when the endpoint answers again, and the breaker is closed', async () => {
    const { deliver, parked, notified, tryNext, endpoints, tries } = await withOpenBreaker();
    for (const number of [1, 2, 3]) await deliver(aMessage(number));
    await tryNext();
    expect(notified.map(({ message }) => message.jobId).sort()).toEqual([
      ...['00000000', '00000000', '00000001', '00000002', '00000003'],
    ]);
    expect(parked()).toEqual([]);
    expect(await endpoints.read(endpoint)).toMatchObject({ state: 'closed' });
    expect(tries()).toHaveLength(1);
  });

  test('and thousands of others make one message and no schedule, are spread over the shards, and are delivered by one chain', async () => {
    const { deliver, parked, notified, tryNext, tries, schedules, notifications, endpoints } =
      await withOpenBreaker();
    const count = 2_000;
    for (let number = 1; number < count; number += 1) await deliver(aMessage(number));
    expect([parked().length, tries().length, notified.length]).toEqual([count, 1, 1]);
    expect([schedules.schedules.size, notifications.sent.length]).toEqual([0, 0]);
    const inShard = new Map<number, number>();
    for (const { id } of parked())
      inShard.set(shardOf(id, parkingShards), (inShard.get(shardOf(id, parkingShards)) ?? 0) + 1);
    // A partition takes 1,000 writes a second: no shard has much more than its part.
    expect(Math.max(...inShard.values())).toBeLessThan((1.5 * count) / parkingShards);
    for (let passes = 0; passes < 5 && parked().length > 0; passes += 1) await tryNext();
    expect(parked()).toEqual([]);
    expect(new Set(notified.map(({ message }) => message.jobId)).size).toBe(count);
    expect(await endpoints.read(endpoint)).toMatchObject({ state: 'closed' });
  });

  test('stays parked while it does not answer, tried by few, less and less often', async () => {
    const { deliver, parked, notified, tryNext, tries } = await withOpenBreaker({ attempts: [noAnswer] });
    for (const number of Array.from({ length: 30 }).keys()) await deliver(aMessage(number + 1));
    for (const _pass of Array.from({ length: 6 })) await tryNext();
    expect(parked()).toHaveLength(31);
    expect(notified).toHaveLength(1 + 6 * 3);
    const dues = tries().map(({ dueAt }) => dueAt);
    const waits = dues.slice(1).map((dueAt, at) => (dueAt - (dues[at] ?? 0)) / 1000);
    expect(waits).toEqual([30, 120, 600, 780, 780, 780]);
  });

  test('is given up after 72 hours: the job says so, and there is no dead letter', async () => {
    const { deliver, parked, tryNext, records, deadLetters, clock } = await withOpenBreaker({
      attempts: [noAnswer],
    });
    await deliver();
    await clock.advance(72 * 3_600_000);
    await tryNext();
    expect(parked()).toEqual([]);
    expect(records()[0]).toEqual({ status: 'failed', attempts: 0, lastError: 'no answer', givenUp: true });
    expect(deadLetters.sent).toEqual([]);
  });

  test('is tried by itself if its endpoint takes others', async () => {
    let calls = 0;
    const { deliver, parked, tryNext, notifications } = await withOpenBreaker({
      attempts: [noAnswer, noAnswer, { kind: 'delivered' }],
      before: (call) => {
        if (call === 'tell') calls += 1;
      },
    });
    await deliver(aMessage(1));
    await tryNext();
    expect(calls).toBe(3);
    expect(parked()).toEqual([]);
    expect(notifications.sent).toHaveLength(1);
  });

  test('of a suspended tenant is held back', async () => {
    const { deliver, parked, tryNext, records, suspended, notified } = await withOpenBreaker();
    await deliver();
    suspended.add('a tenant');
    await tryNext();
    expect([parked(), notified.length]).toEqual([[], 1]);
    expect(records()[0]).toMatchObject({ status: 'failed', suspended: true });
  });

  test('that was parked is deleted if a copy of its message was delivered', async () => {
    const { deliver, parked, tryNext, notified, items } = await withOpenBreaker();
    await deliver();
    const item = [...items.values()][0];
    if (item) items.set(item.id, { ...item, notification: '[{"status": "delivered", "attempts": 1}, null]' });
    await tryNext();
    expect(parked()).toEqual([]);
    expect(notified.map(({ message }) => message.jobId)).toEqual(['00000000', '00000000']);
  });
});

describe('a message that tries an endpoint', () => {
  test('before its time is sent anew, and one that a later try has replaced is deleted', async () => {
    const { deliverText, tries, tryNext, notified } = await withOpenBreaker({ attempts: [noAnswer] });
    const [first] = tries();
    await deliverText(JSON.stringify(first));
    expect(tries()).toEqual([first, first]);
    await tryNext();
    expect(notified).toHaveLength(2);
    expect((await deliverText(JSON.stringify(first))).kind).toBe('delete');
    expect(notified).toHaveLength(2);
  });

  test('of newer code is left to it', async () => {
    const { deliverText, tries } = await withOpenBreaker();
    const newer = JSON.stringify({ ...tries()[0], version: 4 });
    await expect(deliverText(newer)).rejects.toThrow('version 4');
  });
});
