/** The errors of EventBridge Scheduler that are answered here, with their statuses. */
const statuses = {
  ConflictException: 409,
  InternalServerException: 500,
  ResourceNotFoundException: 404,
  ValidationException: 400,
} as const;

export type SchedulerErrorCode = keyof typeof statuses;

/** A request is refused, as EventBridge Scheduler does it. */
export class SchedulerError extends Error {
  override readonly name = 'SchedulerError';
  readonly code: SchedulerErrorCode;

  constructor(code: SchedulerErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  get status(): number {
    return statuses[this.code];
  }
}
