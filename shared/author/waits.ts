/* How a handler waits for an answer, and what it gets. */

export interface WaitOptions extends Question {
  /** A time, or seconds from the first call on: up to 366 days. */
  readonly until: Date | number;
}

interface Question {
  /**
   * What the job asks, in a sentence of up to 300 characters, beside a `signal`: plain text, which all read who may
   * answer. The page of a link has it, and the status of the job.
   */
  readonly question?: string | undefined;
}

export interface SignalOptions extends Question {
  /** One of its own, as that of a step. The sender of the answer names it. Default: the signal's name. */
  readonly key?: string;
  /** For how long: seconds from the first call on, or a time. Up to 366 days. */
  readonly within: Date | number;
}

export interface LinkOptions {
  /** That of the wait. Default: the signal's name. */
  readonly key?: string;
  /**
   * For how long the link is good: seconds, or a time. Up to 30 days. Default: until the wait ends, if it has begun;
   * else seven days.
   */
  readonly within?: Date | number;
  /**
   * What the page says above the form, such as which order it is about: up to 200 characters. It stands in the address.
   */
  readonly about?: string | undefined;
  /** Whom it is for, in up to 64 bytes: the history names who answers by it so. It stands in the address, too. */
  readonly as?: string | undefined;
}

/** What came first: the answer, or the end of the wait. */
export type FirstOf<Answer> =
  | {
      readonly by: 'signal';
      readonly answer: Answer;
      /** By whose link it came, if that was made `as` somebody. */
      readonly as?: string | undefined;
    }
  | { readonly by: 'time'; readonly answer?: undefined };

/** The same, if the job has waited for children, too. */
export type FirstOfAll<Answer> =
  | FirstOf<Answer>
  /** All of them have ended, or `any` or `tolerate` has decided. */
  | { readonly by: 'children'; readonly answer?: undefined };
