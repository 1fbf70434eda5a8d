import * as z from 'zod/mini';
import { asRead } from '../base/condition.ts';
import type { Kind, Records } from '../base/records.ts';

/** The search for all lines of a job that began last. */
export interface LogSearch {
  /** Epoch seconds. */
  readonly startedAt: number;
  /** Absent as long as the logs have not said it, and if the one who asked them has died. */
  readonly queryId?: string | undefined;
}

/**
 * Which searches of logs have begun lately. Every call @throws StoreUnavailableError: it may or may not have happened
 */
export interface LogSearches {
  /** A strongly consistent read. */
  read(jobId: string): Promise<LogSearch | undefined>;
  /**
   * Says that a search begins, in place of the one that was read. @returns whether nobody else has said so meanwhile
   */
  begin(
    jobId: string,
    search: { readonly before: LogSearch | undefined; readonly startedAt: number },
  ): Promise<boolean>;
  /** Says which query the search is, unless another one has begun since. */
  name(jobId: string, search: Required<LogSearch>): Promise<void>;
}

export const logSearchesKind = {
  id: 'log-search/<job>',
  has: 'when the last [search of all lines](observe.md#lines-with-the-job) began',
  expires: 'an hour later',
} as const satisfies Kind;

const idOf = (jobId: string): string => `log-search/${jobId}`;
/** Nobody uses a search for so long. The clocks of functions differ. */
const keptSeconds = 3_600;
const shape = z.object({ startedAt: z.int(), queryId: z.optional(z.string()) });

/** One item for each job whose lines somebody has looked for. */
export const logSearchesIn = (records: Records<'log-search'>): LogSearches => ({
  async read(jobId) {
    const item = await records.read(idOf(jobId), 'read a search of lines');
    return item && shape.parse(item);
  },
  async begin(jobId, { before, startedAt }) {
    const { held } = await records.write(idOf(jobId), {
      name: 'begin a search of lines',
      set: { startedAt, expiresAt: startedAt + keptSeconds },
      remove: ['queryId'],
      when: [[asRead('startedAt', before?.startedAt)]],
    });
    return held;
  },
  async name(jobId, { startedAt, queryId }) {
    await records.write(idOf(jobId), {
      name: 'name a search of lines',
      set: { queryId },
      when: [[{ attribute: 'startedAt', equals: startedAt }]],
    });
  },
});
