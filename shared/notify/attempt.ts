/**
 * How an attempt to tell a target went. Every `why` is short, and has neither secrets nor what the receiver has said.
 */
export type Attempt =
  | { readonly kind: 'delivered' }
  /** There will be another attempt, not before the time that the receiver asks for. */
  | {
      readonly kind: 'failed';
      readonly why: string;
      readonly retryAfterSeconds?: number | undefined;
      /** It says nothing of this notification: any other one to the same endpoint would have failed, too. */
      readonly isDown?: true;
      /** The endpoint has answered, and has not taken this notification. It may take another one. */
      readonly isRejected?: true;
    }
  /** It was not made: its turn has not come. */
  | { readonly kind: 'postponed'; readonly why: string; readonly retryAfterSeconds: number }
  /** The receiver wants no more. */
  | { readonly kind: 'refused'; readonly why: string }
  /** Another attempt would go the same way, until an operator changes something. */
  | { readonly kind: 'impossible'; readonly why: string };

export const delivered: Attempt = { kind: 'delivered' };
export const impossible = (why: string): Attempt => ({ kind: 'impossible', why });
export const failed = (why: string, retryAfterSeconds?: number): Attempt => ({
  kind: 'failed',
  why,
  retryAfterSeconds,
});
export const rejected = (why: string): Attempt => ({ kind: 'failed', why, isRejected: true });
/** The endpoint does not answer, or asks for a pause. */
export const down = (why: string, retryAfterSeconds?: number): Attempt => ({
  kind: 'failed',
  why,
  retryAfterSeconds,
  isDown: true,
});
