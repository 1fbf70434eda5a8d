import { sendEmail } from '../../job-types/send-email/contract.ts';
import { type JobHandler, PermanentError } from '../../shared/author/index.ts';
import type { approveOrder as contract } from './contract.ts';

interface Request {
  /** The same in every attempt: a service that knows it does nothing again. */
  readonly key: string;
  readonly signal: AbortSignal;
}

/** What moves the money. */
export interface Payments {
  /** @returns the id of the charge */
  charge(request: Request & { readonly order: string; readonly cents: number }): Promise<string>;
  /** @returns the id of the refund */
  refund(request: Request & { readonly charge: string }): Promise<string>;
}

const threeDays = 3 * 24 * 3600;

export const approveOrder =
  ({ charge, refund }: Payments): JobHandler<typeof contract> =>
  async ({ order, cents, approver }, job) => {
    const { id, signal } = job;
    if (approver !== undefined) await mailLink({ order, approver }, job);
    const charged = await job.step('charge', () => charge({ order, cents, key: `${id}/charge`, signal }));
    const question = `Do you approve order ${order}, of ${(cents / 100).toFixed(2)} EUR?`;
    const first = await job.waitFor('approve', { signal: 'approve', until: threeDays, question });
    if (first.by !== 'time' && first.answer.isOk) return { state: 'approved', charge: charged };
    const refunded = await job.step('refund', () => refund({ charge: charged, key: `${id}/refund`, signal }));
    return { state: first.by === 'time' ? 'forgotten' : 'refused', charge: charged, refund: refunded };
  };

/** Nothing is charged unless somebody can be asked. The link is the same in every attempt, and so is the mail. */
async function mailLink(
  { order, approver }: { readonly order: string; readonly approver: string },
  job: Parameters<JobHandler<typeof contract>>[1],
): Promise<void> {
  const link = await job.step('link', () => job.signalLink('approve', { within: threeDays, about: order }));
  const text = `Order ${order} waits for your approval:\n\n${link}\n`;
  const mail = { to: approver, subject: 'An order to approve', text, onDoubt: 'send' } as const;
  const { outcome } = await job.call('mail', sendEmail, mail);
  if (outcome === 'refused') throw new PermanentError('the approver cannot be mailed');
}
