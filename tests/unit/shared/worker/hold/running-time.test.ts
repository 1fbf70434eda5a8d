import { expect, test } from '@jest/globals';
import type { RunningCharges, RunSlice } from '../../../../../shared/domain/access/ports.ts';
import { StoreUnavailableError } from '../../../../../shared/domain/base/errors.ts';
import { writeMessage } from '../../../../../shared/domain/state/job/message.ts';
import { runningChargesBy } from '../../../../../shared/operations/doors/charge-jobs.ts';
import { processDelivery } from '../../../../../shared/worker/attempt/process-delivery.ts';
import { RunningTime } from '../../../../../shared/worker/hold/running-time.ts';
import { FixedClock, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { recordedLog } from '../../../../../testkit/fakes/recorded-log.ts';
import { type AllHandlers, handlers } from '../../../../set-ups/handlers.ts';
import { aDelivery, aMessage, aRunningItem, jobId } from '../../../../set-ups/samples.ts';
import { aDoor } from '../../../../set-ups/tenant-door.ts';
import { anInvocation, aWorker } from '../../../../set-ups/worker.ts';

/** A worker that counts what it charges. */
function aChargingWorker(counting: AllHandlers['counting']) {
  const { deps, store, clock, notifications } = aWorker();
  const charged: (readonly [RunSlice, number])[] = [];
  /** The statuses of the job when it was charged. */
  const statuses: (string | undefined)[] = [];
  const runningCharges: RunningCharges = {
    async charge({ id, tenant, fencingToken }, seconds) {
      statuses.push(store.items.get(id)?.status);
      charged.push([{ id, tenant, fencingToken }, seconds]);
    },
  };
  const own = { ...deps, handlers: { ...handlers, counting }, runningCharges };
  const process = (delivery = aDelivery(), over: Partial<typeof own> = {}) =>
    processDelivery(delivery, anInvocation(clock), { ...own, ...over });
  return { process, charged, statuses, clock, notifications };
}

const done = () => ({ seconds: 1 });

/** A handler that takes so long. */
const afterMs =
  (clock: () => FixedClock, milliseconds: number, end = done): AllHandlers['counting'] =>
  async () => {
    await clock().advance(milliseconds);
    return end();
  };

test('an attempt is charged from its claim to its end, and its end waits for no charge', async () => {
  const world = aChargingWorker(afterMs(() => world.clock, 1_250));
  await world.process();
  expect(world.charged).toEqual([[{ id: jobId, tenant: 'a tenant', fencingToken: t0 - 999 }, 1.25]]);
  expect(world.statuses).toEqual(['succeeded']);
});

test('an attempt that fails is charged, and a message that comes again is not', async () => {
  const world = aChargingWorker(
    afterMs(
      () => world.clock,
      2_000,
      () => {
        throw new Error('no');
      },
    ),
  );
  await world.process();
  await world.process();
  expect(world.charged.map(([, seconds]) => seconds)).toEqual([2]);
  expect(world.statuses).toEqual(['queued']);
});

test('what takes no time is not charged', async () => {
  const world = aChargingWorker(async () => done());
  await world.process();
  expect(world.charged).toEqual([]);
});

test('nothing waits longer than a second for a charge, and the message is deleted all the same', async () => {
  const world = aChargingWorker(async () => {
    await world.clock.sleep(3_000);
    return done();
  });
  const hangs: RunningCharges = { charge: () => new Promise<never>(() => {}) };
  const processed = world.process(aDelivery(), { runningCharges: hangs });
  await world.clock.advance(3_000);
  await world.clock.advance(1_000);
  expect(await processed).toMatchObject({ kind: 'delete' });
});

test('it is charged although others cannot be told of the end', async () => {
  const world = aChargingWorker(afterMs(() => world.clock, 1_000));
  world.notifications.isFailing = true;
  const options = { maxAttempts: 3, notify: [{ url: 'https://a.example/' }] };
  await world.process(aDelivery({ body: writeMessage(aMessage({ options })) })).catch(() => undefined);
  expect(world.charged).toHaveLength(1);
});

test('an attempt of hours is charged by and by, each moment once', async () => {
  const clock = new FixedClock();
  const charged: number[] = [];
  const runningCharges: RunningCharges = { charge: async (_slice, seconds) => void charged.push(seconds) };
  const time = new RunningTime(aRunningItem(), { runningCharges, clock });
  for (let beats = 0; beats < 8; beats += 1) {
    await clock.advance(300_000);
    await time.chargeIfDue();
  }
  await clock.advance(1_500);
  await time.end(clock.now())();
  // A clock that is set back.
  await time.end(clock.now() - 5_000)();
  expect(charged).toEqual([900, 900, 601.5]);
});

test('a charge that fails is a line in the log', async () => {
  const log = recordedLog();
  const { door, rates } = aDoor({ runningSecondsPerHour: 5 });
  rates.charge = async () => {
    throw new StoreUnavailableError('no');
  };
  await runningChargesBy({ door, log }).charge({ id: jobId, tenant: 'a tenant', fencingToken: 1 }, 2.5);
  expect(log.lines).toMatchObject([
    { level: 'warn', message: 'running time not charged', fields: { jobId, seconds: 2.5 } },
  ]);
});
