import * as z from 'zod/mini';
import { readJson } from '../base/read-json.ts';
import { attemptFieldNames } from './log-job-line.ts';

/** From the least to the most. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;

/** A line of a job's attempt, as people see it. */
export const logLine = z.object({
  level: z.enum(logLevels),
  /** Epoch milliseconds. */
  time: z.int(),
  attempt: z.int(),
  message: z.string(),
  fields: z.optional(z.record(z.string(), z.unknown())),
  /** The line was too long for the item: its fields were left out. */
  cut: z.optional(z.boolean()),
});
export type LogLine = z.infer<typeof logLine>;

/** Which lines are asked for: of one attempt, and of a level or more. All without it. */
export interface LineFilter {
  readonly attempt?: number | undefined;
  readonly level?: LogLine['level'] | undefined;
}

/** Says of a line whether it was asked for. */
export const lineIsIn =
  ({ attempt, level = 'debug' }: LineFilter) =>
  (line: LogLine): boolean =>
    (attempt === undefined || line.attempt === attempt) &&
    logLevels.indexOf(line.level) >= logLevels.indexOf(level);

/** What each line of a log has, and tells of no line. */
export const commonLogFields: readonly string[] = [
  'sampling_rate',
  'xray_trace_id',
  'cold_start',
  'function_request_id',
  'service',
  ...attemptFieldNames,
];

/** The lines that an item has, the newest first. */
export const readLogTail = (tail = ''): readonly LogLine[] =>
  tail
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => logLine.parse(readJson(line)))
    .reverse();

/** A line as shared/aws/observe/logger.ts writes it. */
const written = z.looseObject({
  level: z.string(),
  message: z.string(),
  timestamp: z.string(),
  attempt: z.int(),
});

/** @returns undefined for what is no line of an attempt */
export function readWrittenLine(value: unknown): LogLine | undefined {
  const line = written.safeParse(value);
  if (!line.success) return undefined;
  const { level, message, timestamp, attempt, ...others } = line.data;
  const own = Object.entries(others).filter(([name]) => !commonLogFields.includes(name));
  const shown = logLine.safeParse({
    level: level.toLowerCase(),
    time: Date.parse(timestamp),
    attempt,
    message,
    ...(own.length > 0 ? { fields: Object.fromEntries(own) } : {}),
  });
  return shown.success ? shown.data : undefined;
}

/** All that a log is asked for. */
export interface LogQuery {
  readonly jobId: string;
  /** Epoch milliseconds. */
  readonly from: number;
  readonly until: number;
}

/** The source maps of what was deployed. */
export interface SourceMaps {
  /** @param bundle its name in stacks. @returns undefined if there is none, or it cannot be read now */
  read(bundle: string): Promise<string | undefined>;
}

/** The logs of everything that runs jobs. A query takes its time: it is started, and then read until it is done. */
export interface LogQueries {
  /** @returns the id of the query. @throws LogsUnavailableError */
  start(query: LogQuery): Promise<string>;
  /** @returns the lines, the newest first; undefined while it runs. @throws LogsUnavailableError */
  read(queryId: string): Promise<readonly LogLine[] | undefined>;
}
