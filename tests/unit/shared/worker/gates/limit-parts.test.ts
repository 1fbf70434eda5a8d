import { describe, expect, test } from '@jest/globals';
import type { JobContract } from '../../../../../shared/author/contract.ts';
import type { WorkLimit } from '../../../../../shared/author/work-limit.ts';
import {
  JobCanceledError,
  LimitKeyError,
  LimitWaitError,
  StepError,
} from '../../../../../shared/domain/base/errors.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { limitParts } from '../../../../../shared/worker/gates/limit-parts.ts';
import { FixedClock, t0 } from '../../../../../testkit/fakes/fixed.ts';
import {
  type InMemoryStartRates,
  inMemoryStartRates,
} from '../../../../../testkit/fakes/in-memory-start-rates.ts';
import { recordedLog } from '../../../../../testkit/fakes/recorded-log.ts';
import { counting } from '../../../../job-types/counting/contract.ts';

const rate = { key: 'directory', perSecond: 0.2, burst: 1 };

interface Given {
  readonly key?: WorkLimit['key'];
  readonly acrossTenants?: true;
  readonly tenant?: string;
  readonly startRates?: InMemoryStartRates;
  readonly turn?: JobItem['turn'];
  readonly isNear?: (pauseMs?: number) => boolean;
}

/** A slice whose part has one start in five seconds. */
function slice({
  turn,
  tenant = 'a tenant',
  startRates = inMemoryStartRates(),
  isNear = () => false,
  ...limit
}: Given = {}) {
  const clock = new FixedClock();
  const controller = new AbortController();
  const contract: JobContract = { ...counting, partLimits: { directory: { ...rate, ...limit } } };
  const wait = limitParts(
    {
      item: { id: 'a job', fencingToken: 1, tenant, turn },
      message: { payload: { seconds: 7 } },
      contract,
      signal: controller.signal,
      sliceEnd: { isNear },
    },
    { clock, log: recordedLog(), startRates },
  );
  return { wait, startRates, clock, controller };
}

const errorOf = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);

describe('a part of a job with a limit', () => {
  test('starts at once if there is a start, and waits for one that comes within ten seconds', async () => {
    const { wait, clock } = slice();
    await wait('directory');
    const second = wait('directory');
    await clock.advance(4_999);
    expect(await Promise.race([second, 'it waits'])).toBe('it waits');
    await clock.advance(1);
    await second;
  });

  test('makes the job wait for a later one, until shortly before its turn', async () => {
    const { wait, startRates } = slice();
    for (let others = 0; others < 4; others += 1) await startRates.join(rate, t0);
    const error = await errorOf(wait('directory'));
    expect(error).toBeInstanceOf(LimitWaitError);
    expect(error).toMatchObject({
      after: new Date(t0 + 18_500),
      turn: { of: 'directory (all tenants)', at: t0 + 20_000 },
    });
  });

  test('makes it wait, too, if the slice ends before', async () => {
    const { wait, startRates } = slice({ isNear: (pauseMs = 0) => pauseMs >= 5_000 });
    await startRates.join(rate, t0);
    expect(await errorOf(wait('directory'))).toBeInstanceOf(LimitWaitError);
  });

  test('has the turn of the slice once: the next call goes behind the others', async () => {
    const turn = { of: 'directory (all tenants)', at: t0, until: t0 - 1_500 };
    const { wait, startRates } = slice({ turn });
    for (let others = 0; others < 4; others += 1) await startRates.join(rate, t0);
    await wait('directory');
    expect(await errorOf(wait('directory'))).toMatchObject({ turn: { at: t0 + 20_000 } });
  });

  test('is not waited for after a cancel', async () => {
    const { wait, clock, controller } = slice();
    await wait('directory');
    const canceled = new JobCanceledError('stop');
    const second = errorOf(wait('directory'));
    await clock.advance(100);
    controller.abort(canceled);
    expect(await second).toBe(canceled);
  });

  test.each([
    ['a tenant', {}, 0],
    ['all tenants', { acrossTenants: true as const }, 5_000],
  ])('has a key of the payload, which is one of %s', async (_whose, across, waitMs) => {
    const ofPayload: WorkLimit<{ readonly seconds: number }>['key'] = ({ seconds }) => `k${seconds}`;
    const limit = { ...across, key: ofPayload as WorkLimit['key'] };
    const { wait, startRates } = slice(limit);
    await wait('directory');
    const other = slice({ ...limit, startRates, tenant: 'another tenant' });
    const waited = other.wait('directory').then(() => other.clock.now() - t0);
    await other.clock.advance(0);
    await other.clock.advance(5_000);
    expect(await waited).toBe(waitMs);
  });

  test('has no limit without a key', async () => {
    const free = slice({ key: () => undefined });
    await free.wait('directory');
    await free.wait('directory');
  });

  test('fails for good without a name or a key that is one', async () => {
    expect(await errorOf(slice().wait('other'))).toBeInstanceOf(StepError);
    expect(await errorOf(slice({ key: () => '' }).wait('directory'))).toBeInstanceOf(LimitKeyError);
  });
});
