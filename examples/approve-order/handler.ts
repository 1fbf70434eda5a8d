import type { JobHandler } from '../../shared/author/index.ts';
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
  async ({ order, cents }, job) => {
    const { id, signal } = job;
    const charged = await job.step('charge', () => charge({ order, cents, key: `${id}/charge`, signal }));
    const first = await job.waitFor('approve', { signal: 'approve', until: threeDays });
    if (first.by !== 'time' && first.answer.isOk) return { state: 'approved', charge: charged };
    const refunded = await job.step('refund', () => refund({ charge: charged, key: `${id}/refund`, signal }));
    return { state: first.by === 'time' ? 'forgotten' : 'refused', charge: charged, refund: refunded };
  };
