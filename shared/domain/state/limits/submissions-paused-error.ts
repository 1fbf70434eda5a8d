/** A pause that refuses submissions, as the client is told of it. */
export interface RefusingPause {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly until?: number | undefined;
  readonly retryAfterSeconds: number;
}

/** An operator has paused what the job is of, and its submission is refused until that ends. Nothing was accepted. */
export class SubmissionsPausedError extends Error {
  override readonly name = 'SubmissionsPausedError';
  readonly pause: RefusingPause;
  constructor(pause: RefusingPause) {
    super(`The operator of the stage has paused ${pause.name}, and submissions of it are refused.`);
    this.pause = pause;
  }
}
