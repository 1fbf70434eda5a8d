import { describe, expect, it } from '@jest/globals';
import type { sendEmail } from '../../../../job-types/send-email/contract.ts';
import type { JobContext } from '../../../../shared/author/index.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { keyedBy } from '../../../../testkit/effects.ts';
import { runJob } from '../../../../testkit/run-job.ts';
import { aJobContext } from '../../../../tests/set-ups/job-context.ts';
import { approveOrder as contract } from '../../../approve-order/contract.ts';
import { approveOrder, type Payments } from '../../../approve-order/handler.ts';

type Charge = Parameters<Payments['charge']>[0];
type Refund = Parameters<Payments['refund']>[0];

const type = { contract, handlerWith: approveOrder };
const payload = { order: 'o-1', cents: 4200 };
const effects = () => ({
  charge: keyedBy(
    ({ key }: Charge) => key,
    async ({ order }: Charge) => `charge-${order}`,
  ),
  refund: keyedBy(
    ({ key }: Refund) => key,
    async ({ charge }: Refund) => `refund-of-${charge}`,
  ),
});
const answers = (isOk: boolean) => [{ name: 'approve', answer: { isOk } }] as const;
const threeDays = 3 * 24 * 3600;

const charge = 'charge-o-1';
const refund = `refund-of-${charge}`;
const ends = [
  { title: 'approved', signals: answers(true), result: { state: 'approved', charge }, refunds: 0 },
  { title: 'refused', signals: answers(false), result: { state: 'refused', charge, refund }, refunds: 1 },
  { title: 'forgotten', signals: [], result: { state: 'forgotten', charge, refund }, refunds: 1 },
];

describe('approve-order', () => {
  it.each(ends)('is charged once, and refunded unless it is approved: $title', async (end) => {
    const run = await runJob(type, payload, { effects, signals: end.signals });
    expect(run.result).toEqual(end.result);
    expect(run.effects.charge).toHaveLength(1);
    expect(run.effects.refund).toHaveLength(end.refunds);
  });

  it('waits three days for an answer', async () => {
    const { seconds } = await runJob(type, payload, { effects });
    expect(seconds).toBeGreaterThanOrEqual(threeDays);
    expect(seconds).toBeLessThan(threeDays + 60);
  });

  it.each(ends)('ends so wherever it is cut: $title', async ({ signals, refunds }) => {
    const allow = refunds === 0 ? (['effect never happens'] as const) : [];
    await cutEverywhere(type, payload, { effects, signals, allow });
  });
});

describe('approve-order with an approver', () => {
  const approver = 'jane@example.com';
  const link = 'https://jobs.example/ui/jobs/1/signals/approve?link=a-token';

  /** The kit runs one job, and no children: this stands in for the calls of the order, of which each step is done once. */
  function ordered(outcome: 'accepted' | 'refused', isOk = true) {
    const done: string[] = [];
    const mails: unknown[] = [];
    const job = aJobContext({
      step: (async (key: string, work: () => unknown) => {
        const result = await work();
        done.push(key);
        return result;
      }) as JobContext['step'],
      signalLink: async (name, options) => {
        expect([name, options]).toEqual(['approve', { within: threeDays, about: 'o-1' }]);
        return link;
      },
      call: (async (_key: string, { payload: schema }: typeof sendEmail, mail: unknown) => {
        mails.push(schema.parse(mail));
        done.push('mail');
        return { outcome };
      }) as unknown as JobContext['call'],
      waitFor: (async () => ({ by: 'signal', answer: { isOk } })) as unknown as JobContext['waitFor'],
    });
    const order = approveOrder({ charge: async () => charge, refund: async () => refund });
    return { done, mails, run: async () => order({ ...payload, approver }, job as never) };
  }

  it('mails the link before it charges', async () => {
    const { done, mails, run } = ordered('accepted');
    expect(await run()).toEqual({ state: 'approved', charge });
    expect(done).toEqual(['link', 'mail', 'charge']);
    expect(mails).toEqual([expect.objectContaining({ to: approver, text: expect.stringContaining(link) })]);
  });

  it('undoes the charge if the approver refuses', async () => {
    const { done, run } = ordered('accepted', false);
    expect(await run()).toEqual({ state: 'refused', charge, refund });
    expect(done).toEqual(['link', 'mail', 'charge', 'refund']);
  });

  it('charges nothing if nobody can be asked', async () => {
    const { done, run } = ordered('refused');
    await expect(run()).rejects.toThrow('the approver cannot be mailed');
    expect(done).toEqual(['link', 'mail']);
  });
});
