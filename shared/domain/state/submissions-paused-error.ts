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
  constructor(
    pause: RefusingPause,
    why = `The operator of the stage has paused ${pause.name}, and submissions of it are refused.`,
  ) {
    super(why);
    this.pause = pause;
  }
}

/** A move ends when the jobs of the tenant's groups have ended, and some minutes later. */
const retryAfterSeconds = 60;

/** The tenant is moved to another ordered queue. Nothing was accepted. */
export class TenantMovingError extends SubmissionsPausedError {
  constructor(tenant: string) {
    super(
      { name: `tenant:${tenant}`, retryAfterSeconds },
      'The operator of the stage moves the tenant to another ordered queue. Until that is done, jobs with a group are refused.',
    );
  }
}
