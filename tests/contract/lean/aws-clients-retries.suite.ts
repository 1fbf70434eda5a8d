import { describe, expect, test } from '@jest/globals';
import {
  allSides,
  create,
  event,
  get,
  look,
  made,
  mail,
  type Outcome,
  optionsOn,
  playedBy,
  remove,
  type Side,
} from './aws-client-calls.ts';
import { type Call, clientOf } from './aws-modules.ts';
import { type Answer, type RecordedRequest, refusal } from './recorded-aws.ts';
import { withRetriesAtOnce } from './retry-delays.ts';

const broken: Answer = refusal('InternalServerError', {}, 500);
const throttled: Answer = refusal('ThrottlingException');

/** The waits of each side for the same answers. */
async function delaysOf(
  call: Call,
  answers: readonly Answer[],
  { maxAttempts = 3, fraction = 0.7 } = {},
): Promise<readonly (readonly number[])[]> {
  const all: (readonly number[])[] = [];
  for (const side of allSides()) {
    const play = () => playedBy(side, call, { answers, options: { maxAttempts } });
    const { delays } = await withRetriesAtOnce(play, fraction);
    all.push(delays);
  }
  return all;
}

function describeDelays(): void {
  test.each<[string, Call, readonly Answer[], readonly number[]]>([
    ['a fault of DynamoDB', get, [broken], [25, 50, 100, 200, 400]],
    ['a fault of SQS', look, [broken], [50, 100, 200, 400, 800]],
    ['a fault of Scheduler', remove, [broken], [50, 100, 200, 400, 800]],
    ['a fault of SES', mail, [broken], [50, 100, 200, 400, 800]],
    ['a fault of EventBridge', event, [broken], [50, 100, 200, 400, 800]],
    ['a throttle', get, [throttled], [1000, 2000, 4000, 8000, 16_000]],
    ['one and then the other', get, [broken, throttled, broken], [25, 2000, 100, 200, 400]],
  ])('after %s are a random part of what doubles', async (_what, call, answers, most) => {
    for (const fraction of [0, 0.31, 0.999]) {
      const expected = most.map((base) => Math.floor(base * fraction));
      for (const delays of await delaysOf(call, answers, { maxAttempts: 6, fraction }))
        expect(delays).toEqual(expected);
    }
  });

  test('are 20 seconds at most', async () => {
    const options = { maxAttempts: 8, fraction: 0.999 };
    for (const delays of await delaysOf(get, [throttled], options))
      expect(delays.slice(-3)).toEqual([15_984, 19_980, 19_980]);
  });

  test.each<[string, Readonly<Record<string, string>>, number]>([
    ['in milliseconds', { 'x-amz-retry-after': '1500' }, 1500],
    ['in seconds', { 'retry-after': '2' }, 2000],
    ['for less than the wait is anyway', { 'x-amz-retry-after': '1' }, 17],
    ['for hours, of which five seconds more than the wait are taken', { 'retry-after': '7200' }, 5017],
    ['in words that say nothing', { 'x-amz-retry-after': 'soon', 'retry-after': 'later' }, 17],
    ['by a date that is past', { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 17],
    ['by a date of next year', { 'retry-after': `${new Date().getFullYear() + 1}-12-31` }, 5017],
  ])('are as long as AWS asks for %s', async (_what, headers, expected) => {
    const answer = { status: 503, headers, body: '{}' };
    for (const [delay = 0] of await delaysOf(get, [answer, {}])) {
      expect(delay).toBeLessThanOrEqual(expected);
      // What AWS asks for is a moment: what passes on the way to the timer is off.
      expect(delay).toBeGreaterThan(expected === 17 || expected === 5017 ? expected - 1 : expected * 0.5);
    }
  });
}

/** How many attempts each of these calls makes, one after the other, by one client. */
async function attemptsOf(
  side: Side,
  answers: readonly Answer[],
  { calls, call = get, maxAttempts = 3 }: { calls: number; call?: Call; maxAttempts?: number },
): Promise<readonly number[]> {
  side.aws.play(answers);
  const client = clientOf(side, call.service, optionsOn(side, { maxAttempts }));
  const outcomes: Outcome[] = [];
  for (let left = calls; left > 0; left -= 1) outcomes.push(await made(side, client, call));
  client.destroy();
  return outcomes.map(({ requests }) => requests.length);
}

const times = <Value>(count: number, value: Value): readonly Value[] => Array(count).fill(value);

function describeBudget(): void {
  /** Both begin with 500. A retry after a throttle takes 5 of them, any other 14. */
  test.each<[string, readonly Answer[], Call, readonly number[]]>([
    ['faults', [broken], get, [...times(17, 3), 2, ...times(5, 1)]],
    ['faults of SQS', [broken], look, [...times(17, 3), 2, ...times(5, 1)]],
    ['throttles', [throttled], get, [...times(50, 3), ...times(5, 1)]],
    ['closed connections', ['close before the answer'], get, [...times(17, 3), 2, ...times(5, 1)]],
  ])('is used up by %s', async (_what, answers, call, expected) => {
    for (const side of allSides()) {
      const play = () => attemptsOf(side, answers, { calls: expected.length, call });
      expect((await withRetriesAtOnce(play)).outcomes).toEqual(expected);
    }
  });

  test('gets back what a retry has taken if it succeeds, and one for each call that succeeds at once', async () => {
    const usedUp = times(17 * 3 + 2 + 1, broken);
    const answers = [
      ...usedUp,
      // 10 are left: with four more a retry can be paid, and its success pays it back. Three are too few.
      ...[{}, {}, {}, broken, {}, broken, {}, broken, {}],
      // Twice it is paid back, and at last it is lost.
      ...[broken, broken, broken],
    ];
    const expected = [...times(17, 3), 2, 1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1];
    for (const side of allSides()) {
      const play = () => attemptsOf(side, answers, { calls: expected.length });
      expect((await withRetriesAtOnce(play)).outcomes).toEqual(expected);
    }
  });

  test('is each client’s own', async () => {
    for (const side of allSides()) {
      const play = () => attemptsOf(side, [broken], { calls: 20 });
      const { outcomes } = await withRetriesAtOnce(async () => [await play(), await play()]);
      expect(outcomes[1]).toEqual(outcomes[0]);
    }
  });
}

const header = ({ headers }: RecordedRequest, name: string): string => headers.get(name) ?? '';

function describeAttempts(): void {
  test('are as many as the client may make', async () => {
    for (const maxAttempts of [1, 2, 4])
      for (const side of allSides()) {
        const play = () => attemptsOf(side, [broken], { calls: 1, maxAttempts });
        expect((await withRetriesAtOnce(play)).outcomes).toEqual([maxAttempts]);
      }
  });

  test.each([
    [get, 4],
    [look, 3],
    [create, 3],
    [mail, 3],
    [event, 3],
  ])('are as many as the service has, if nobody says: $0.command', async (call, attempts) => {
    for (const side of allSides()) {
      const { maxAttempts: _none, ...options } = optionsOn(side);
      side.aws.play([broken]);
      const client = clientOf(side, call.service, options);
      const { outcomes } = await withRetriesAtOnce(() => made(side, client, call));
      client.destroy();
      expect(outcomes.requests).toHaveLength(attempts);
    }
  });

  test('say which they are, and are signed anew', async () => {
    for (const side of allSides()) {
      const play = () => playedBy(side, get, { answers: [broken] });
      const { requests } = (await withRetriesAtOnce(play)).outcomes;
      const counts = [1, 2, 3].map((attempt) => `attempt=${attempt}; max=3`);
      expect(requests.map((each) => header(each, 'amz-sdk-request'))).toEqual(counts);
      expect(new Set(requests.map((each) => header(each, 'authorization'))).size).toBe(3);
      expect(new Set(requests.map((each) => header(each, 'amz-sdk-invocation-id'))).size).toBe(1);
      expect(new Set(requests.map(({ body }) => body.toString())).size).toBe(1);
    }
  });

  test.each([create, remove])(
    'of $command have one token, by which Scheduler knows a call again',
    async (call) => {
      for (const side of allSides()) {
        const tokens = async () => {
          const { requests } = await playedBy(side, call, { answers: [broken] });
          return requests.map(
            ({ path, body }) => /lientToken(?:=|":")([\w-]{36})/.exec(`${path} ${body}`)?.[1],
          );
        };
        const all = (await withRetriesAtOnce(async () => [await tokens(), await tokens()])).outcomes;
        const [[first, ...again] = [], [other] = []] = all;
        expect(first).toBeDefined();
        expect(again).toEqual([first, first]);
        expect(other).not.toBe(first);
      }
    },
  );

  test('say how many they were, and how long the call has waited', async () => {
    for (const side of allSides()) {
      const play = async () => [
        await playedBy(side, get, { answers: [broken, throttled, {}] }),
        await playedBy(side, get, { answers: [broken, throttled, broken] }),
        await playedBy(side, get, { answers: [{}] }),
      ];
      const [late, failed, soon] = (await withRetriesAtOnce(play)).outcomes;
      const $metadata = { httpStatusCode: 200, attempts: 3, totalRetryDelay: 17 + 1400 };
      expect(late).toMatchObject({ result: { $metadata } });
      expect(failed).toMatchObject({ error: { $metadata: { ...$metadata, httpStatusCode: 500 } } });
      expect(soon).toMatchObject({ result: { $metadata: { attempts: 1, totalRetryDelay: 0 } } });
    }
  });
}

/** Both clients try again as often, after the same waits. */
export function describeRetries(): void {
  describe('the waits', describeDelays);
  describe('the budget of retries', describeBudget);
  describe('the attempts', describeAttempts);
}
