import { expect, it, test } from '@jest/globals';
import { RetryAfterError } from '../../../shared/author/index.ts';
import { cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import { anyNumber, atLeastOnce, type OutsideClock } from '../../../testkit/effects.ts';
import { runJob } from '../../../testkit/run-job.ts';
import { syncCustomers as contract } from '../../fixtures/documented/sync-customers/contract.ts';
import { type Crm, syncCustomers } from '../../fixtures/documented/sync-customers/handler.ts';

const type = { contract, handlerWith: syncCustomers };
const payload = { customers: Array.from({ length: 12 }, (_, at) => `c-${at}`) };

const outside = (clock: OutsideClock) => {
  const calls: number[] = [];
  const read: Crm['read'] = async ({ id }) => {
    calls.push(clock.now());
    return { id, name: `customer ${id}` };
  };
  const save: Crm['save'] = async () => {};
  const isTooFast = () => calls.some((at, nth) => nth >= 10 && at - (calls[nth - 10] ?? 0) < 1000);
  const fault = () => (isTooFast() ? 'an eleventh call within a second' : undefined);
  return { effects: { read: anyNumber(read), save: atLeastOnce(save) }, fault };
};

it('reads each customer, and is never too fast, wherever it is cut', async () => {
  const { result } = await runJob(type, payload, { outside });
  expect(result).toEqual({ synced: 12 });
  await cutEverywhere(type, payload, { outside });
});

/** What the service does: it has no answer until then. */
const down = (seconds: number) => (clock: OutsideClock) => {
  const { effects, fault } = outside(clock);
  const upAt = clock.now() + seconds * 1000;
  const read: Crm['read'] = async (request) => {
    if (clock.now() < upAt) throw new Error('503');
    return effects.read.call(request);
  };
  return { effects: { ...effects, read: anyNumber(read) }, fault };
};

test.each([
  [contract.maxAttempts, 'succeeded'],
  [3, 'failed'],
])('with %i attempts, a job whose API is down for two minutes has %s', async (maxAttempts, status) => {
  const some = { ...type, contract: { ...contract, maxAttempts } };
  expect((await runJob(some, payload, { outside: down(120) })).status).toBe(status);
});

test('when one call is told to come later, the others wait, too', async () => {
  const told = 60;
  const tells = (clock: OutsideClock) => {
    const { effects, fault } = outside(clock);
    let until = 0;
    let early = 0;
    const read: Crm['read'] = async (request) => {
      if (clock.now() < until) early += 1;
      if (until === 0) {
        until = clock.now() + told * 1000;
        throw new RetryAfterError(told);
      }
      return effects.read.call(request);
    };
    // The other keys have begun before.
    return {
      effects: { ...effects, read: anyNumber(read) },
      fault: () => fault() ?? (early > 4 ? `${early} early` : undefined),
    };
  };
  const run = await runJob(type, payload, { outside: tells });
  expect([run.status, run.attempts, run.findings]).toEqual(['succeeded', 1, []]);
  expect(run.seconds).toBeGreaterThanOrEqual(told);
});
