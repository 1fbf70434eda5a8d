import { describe, expect, test } from '@jest/globals';
import type { ContractQueue } from '../../../../../shared/author/contract.ts';
import type { JobContext } from '../../../../../shared/author/handler.ts';
import { PermanentError } from '../../../../../shared/domain/base/errors.ts';
import { readJson } from '../../../../../shared/domain/base/read-json.ts';
import { maxLogLine, maxLogTail } from '../../../../../shared/domain/state/job/item-budget.ts';
import { LogTail } from '../../../../../shared/worker/attempt/log-tail.ts';
import { processDelivery } from '../../../../../shared/worker/attempt/process-delivery.ts';
import { SharedTime } from '../../../../../shared/worker/hold/shared-time.ts';
import { FixedClock, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { recordedLog } from '../../../../../testkit/fakes/recorded-log.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { handlers } from '../../../../set-ups/handlers.ts';
import { aDelivery, jobId } from '../../../../set-ups/samples.ts';
import { anInvocation, aWorker, heartbeatMs } from '../../../../set-ups/worker.ts';

const linesIn = (tail = '') => tail.split('\n').filter(Boolean).map(readJson);

type Run = (payload: unknown, job: JobContext<never>) => Promise<{ readonly seconds: number }>;

interface Keeping {
  readonly keepLog?: boolean;
  readonly keepsLogs?: boolean;
  readonly queue?: ContractQueue;
}

/** Runs a job whose lines are kept or not. */
function start(
  run: Run,
  { queue = 'standard', keepsLogs = false, ...contract }: Keeping = { keepLog: true },
) {
  const { deps, store, clock } = aWorker();
  const worker = {
    ...deps,
    keepsLogs,
    contracts: { ...contracts, counting: { ...contracts.counting, queue, ...contract } },
    handlers: { ...handlers, counting: run },
  };
  const ended = processDelivery(aDelivery(), anInvocation(clock), worker);
  const stored = () => store.items.get(jobId);
  return { ended, clock, stored, tail: () => linesIn(stored()?.logTail) };
}

const takingLong: Run = async (_payload, job) => {
  job.log.info('begun', { rows: 3 });
  await job.pause(heartbeatMs / 1000 + 10);
  job.log.warn('nearly done');
  return { seconds: 1 };
};
const failing: Run = async (_payload, job) => {
  for (let row = 0; row < 100; row += 1) job.log.info('a row', { row, text: 'x'.repeat(100) });
  throw new PermanentError('no such row');
};
const begun = { level: 'info', time: t0, attempt: 1, message: 'begun', fields: { rows: 3 } };

describe('the last lines of an attempt', () => {
  test('ride with the heartbeat, and not before it', async () => {
    const { clock, tail } = start(takingLong);
    await clock.advance(heartbeatMs - 1);
    expect(tail()).toEqual([]);
    await clock.advance(1);
    expect(tail()).toEqual([begun]);
  });

  test.each([
    { queue: 'standard', kept: [] },
    { queue: 'long', kept: ['begun', 'nearly done'] },
  ] as const)('of a success on $queue: $kept', async ({ queue, kept }) => {
    const { ended, clock, stored, tail } = start(takingLong, { keepLog: true, queue });
    await clock.advance(2 * heartbeatMs);
    await ended;
    expect(stored()?.status).toBe('succeeded');
    expect(tail()).toMatchObject(kept.map((message) => ({ message })));
    expect(stored()).toMatchObject(
      kept.length > 0 ? { logTail: expect.any(String) } : { status: 'succeeded' },
    );
  });

  test('of a failure are the last 4 KB, and its stack', async () => {
    const { ended, stored, tail } = start(failing);
    await ended;
    expect(stored()?.status).toBe('failed');
    const size = Buffer.byteLength(stored()?.logTail ?? '');
    expect(size).toBeLessThanOrEqual(4 * 1024);
    expect(size).toBeGreaterThan(3 * 1024);
    expect(tail().at(-2)).toMatchObject({ message: 'a row', fields: { row: 99 } });
    expect(tail().at(-1)).toMatchObject({
      level: 'warn',
      message: 'attempt failed',
      fields: {
        error: {
          name: 'PermanentError',
          message: 'no such row',
          stack: expect.stringContaining(' at failing '),
        },
      },
    });
  });

  test.each([
    { of: {}, isKept: false },
    { of: { keepsLogs: true }, isKept: true },
    { of: { keepsLogs: true, keepLog: false }, isKept: false },
  ])('are kept as contract and stage say: $of', async ({ of, isKept }) => {
    const { ended, stored } = start(failing, of);
    await ended;
    expect(stored()?.logTail !== undefined).toBe(isKept);
  });

  test('are bounded, each and together, whatever they say', () => {
    const tail = new LogTail(2, new FixedClock());
    const log = tail.from(recordedLog());
    const circle: Record<string, unknown> = {};
    circle.circle = circle;
    log.error('a circle', circle);
    log.info('large', { rows: Array.from({ length: 1_000 }, () => 'row') });
    log.info('\u0001'.repeat(5_000));
    log.debug('not kept');
    const lines = linesIn(tail.text);
    expect(lines).toMatchObject([
      { message: 'a circle', cut: true },
      { message: 'large', cut: true },
      { level: 'info', attempt: 2 },
    ]);
    for (let row = 0; row < 1_000; row += 1) log.info('€'.repeat(row % 500), { big: 1n });
    expect(Buffer.byteLength(tail.text)).toBeLessThanOrEqual(maxLogTail);
    for (const line of tail.text.split('\n'))
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(3 * maxLogLine);
  });
});

describe('what a job uses', () => {
  test('is its part of the time, times the memory; a later slice adds to it', async () => {
    const { ended, clock, stored } = start(takingLong);
    await clock.advance(2 * heartbeatMs);
    await ended;
    expect(stored()?.usedMbMs).toBe((heartbeatMs + 10_000) * 1024);
  });

  test('is each moment divided by the jobs that run then', async () => {
    const clock = new FixedClock();
    const time = new SharedTime(clock);
    const one = time.begin();
    await clock.advance(1_000);
    const other = time.begin();
    await clock.advance(1_000);
    expect(one()).toBe(1_500);
    await clock.advance(1_000);
    expect(other()).toBe(1_500);
    await clock.advance(1_000);
    const third = time.begin();
    await clock.advance(10);
    expect(third()).toBe(10);
  });
});
