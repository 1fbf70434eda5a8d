import { expect, test } from '@jest/globals';
import { endpointOf } from '../../../../shared/domain/notify/endpoint.ts';
import { breakerLimits } from '../../../../shared/notify/endpoint-breakers.ts';
import { ParkingRoom } from '../../../../shared/notify/parking-room.ts';
import { FixedClock, t0 } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryEndpoints } from '../../../../testkit/fakes/in-memory-endpoints.ts';
import { aNotification, aNotifyFunction } from '../../../set-ups/notify.ts';

const endpoint = endpointOf(aNotification()) ?? { tenant: '', origin: '' };
const down = { kind: 'failed', why: 'HTTP 500', isDown: true } as const;

/** A process of a stage with this limit, and how often it counts. */
function aProcess(max: number | undefined, before = 0) {
  const [endpoints, clock] = [new InMemoryEndpoints(), new FixedClock()];
  let parked = before;
  let counts = 0;
  endpoints.countParked = async () => {
    counts += 1;
    return parked;
  };
  const room = new ParkingRoom({ endpoints, clock, maxOf: async () => max });
  const empty = () => {
    parked = 0;
  };
  return { take: () => room.take(endpoint), clock, empty, counts: () => counts };
}

test('a process counts once in ten seconds, and adds what it parks itself', async () => {
  const { take, clock, empty, counts } = aProcess(3, 1);
  expect([await take(), await take(), await take(), counts()]).toEqual([undefined, undefined, 3, 1]);
  empty();
  await clock.advance(9_999);
  expect(await take()).toBe(3);
  await clock.advance(1);
  expect([await take(), counts()]).toEqual([undefined, 2]);
});

test('without the limit nothing is counted', async () => {
  const { take, counts } = aProcess(undefined);
  expect([await take(), counts()]).toEqual([undefined, 0]);
});

test('a notification that finds no room is given up, and its job says so; the endpoint is not asked', async () => {
  const { deliver, notified, endpoints, records, notifications, deadLetters, meters } = aNotifyFunction({
    attempts: [down],
    limits: { ...breakerLimits, failures: 1 },
    pendingWebhooks: 1,
  });
  await deliver(aNotification({ position: 1, target: { url: 'https://hooks.example.com/other' } }));
  expect([notified.length, await endpoints.countParked(endpoint)]).toEqual([1, 1]);
  expect((await deliver()).kind).toBe('delete');
  expect([notified.length, await endpoints.countParked(endpoint)]).toEqual([1, 1]);
  expect([notifications.sent, deadLetters.sent]).toEqual([[], []]);
  const lastError =
    'the endpoint does not answer, and as many webhooks wait for it as there may be: 1 (pendingWebhooks)';
  expect(records()[0]).toEqual({ status: 'failed', attempts: 0, lastError, givenUp: true });
  expect(meters.sums.NotificationsGivenUp).toBe(1);
});

test('one whose attempt has failed waits by itself, if there is no room', async () => {
  const { deliver, endpoints, notifications } = aNotifyFunction({
    attempts: [down],
    limits: { ...breakerLimits, failures: 1 },
    pendingWebhooks: 1,
  });
  const message = aNotification({ position: 1 });
  await endpoints.park(endpoint, { version: 1, id: '0000/a-1-0', message, giveUpAt: t0 + 1_000 });
  await deliver();
  expect(await endpoints.countParked(endpoint)).toBe(1);
  expect(notifications.sent).toMatchObject([{ message: { attempts: 1 } }]);
});
