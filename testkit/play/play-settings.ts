import type { Cut, Pace } from './cut.ts';
import type { Answers } from './look-ups.ts';

export interface PlaySettings {
  readonly pace?: Pace;
  /** Another job has another id. Default: 1 */
  readonly seed?: number;
  readonly cut?: Cut | undefined;
  /** To see whether something makes a difference: the handler sees attempt 1 in every attempt; */
  readonly pinsAttempt?: boolean;
  /** a crash finds the saved state with what was changed in it afterwards; */
  readonly savesLate?: boolean;
  /** what it reads of the time outside its context is another time. */
  readonly shiftsTime?: boolean;
  /** Look-ups are answered as they were in another run, one after another. */
  readonly answers?: Answers;
  /** What each process has imported. Absent: all have what the test has. */
  readonly exported?: () => Promise<unknown>;
  /** Takes note of the modules that make calls. */
  readonly notesModules?: boolean;
}

/** Steps and days after which a job is said never to end. A job may sleep for a year. */
export const maxSteps = 1_000_000;
export const maxDays = 800;
/** A job that sleeps again and again with the same state waits for something that never comes. */
export const maxStartsWithState = 300;
