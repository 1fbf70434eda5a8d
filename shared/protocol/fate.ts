import type { JobMessage } from '../contracts/job-message.ts';

/** What becomes of a delivered message. */
export type Fate =
  | { readonly kind: 'delete'; readonly why: string }
  | {
      /** Reported as failed, so that it stays in the queue. */
      readonly kind: 'keep';
      readonly why: string;
      /** When it is visible again, epoch milliseconds; absent: when its visibility ends by itself. */
      readonly visibleAt?: number | undefined;
      /** What it says, if it could be read. */
      readonly message?: JobMessage | undefined;
    };

export const deleted = (why: string): Fate => ({ kind: 'delete', why });
export const kept = (why: string, visibleAt?: number, message?: JobMessage): Fate => ({
  kind: 'keep',
  why,
  visibleAt,
  message,
});
