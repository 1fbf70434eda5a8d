/** Scheduler did not answer, or refused: it throttles, or a quota is used up. The schedule may have been created. */
export class SchedulesUnavailableError extends Error {
  override readonly name = 'SchedulesUnavailableError';
}
