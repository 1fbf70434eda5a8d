import { describe, expect, it } from '@jest/globals';
import { sendEmail } from '../../../../job-types/send-email/contract.ts';
import type { ResultOf } from '../../../../shared/author/index.ts';
import { childResult } from '../../../../testkit/children.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { keyedBy } from '../../../../testkit/effects.ts';
import { runJob } from '../../../../testkit/run-job.ts';
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
  it('runs from the standard queue: a job that waits most of its time takes no invocation of its own', () => {
    expect(contract.queue).toBe('standard');
  });

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
  const asking = { ...payload, approver };
  const mailing = (result: ResultOf<typeof sendEmail>) => ({
    'send-email': childResult(sendEmail, () => result),
  });
  const accepted = mailing({ outcome: 'accepted', messageId: 'm-1' });
  const refused = mailing({ outcome: 'refused', reason: 'not allowed' });

  it('mails the link', async () => {
    const run = await runJob(type, asking, { effects, signals: answers(true), children: accepted });
    expect(run.result).toEqual({ state: 'approved', charge });
    expect(run.children.map(({ payload: mail }) => mail)).toEqual([
      expect.objectContaining({ to: approver, text: expect.stringContaining('/signals/approve?') }),
    ]);
  });

  it('undoes the charge if the approver refuses', async () => {
    const run = await runJob(type, asking, { effects, signals: answers(false), children: accepted });
    expect(run.result).toEqual({ state: 'refused', charge, refund });
  });

  it('charges nothing if nobody can be asked', async () => {
    const run = await runJob(type, asking, { effects, children: refused });
    expect(run.error?.message).toContain('the approver cannot be mailed');
    expect(run.effects.charge).toEqual([]);
  });
});
