/**
 * The ordered queue of the tenant has as many messages as it may. What was refused may be sent again later, as it is.
 */
export class OrderedQueueFullError extends Error {
  override readonly name = 'OrderedQueueFullError';
  /** The queue may be shorter after minutes or after hours: nobody knows. */
  readonly retryAfterSeconds = 60;

  constructor() {
    super(
      'Too many jobs of groups wait in the queue that this tenant submits to. Jobs without a group are accepted.',
    );
  }
}
