import * as z from 'zod/mini';
import type { RootSecretEntry } from '../../domain/access/access-entry.ts';
import { type LogLine, logLevels, logLine } from '../../domain/observe/log-line.ts';
import type { LogPage, LogPosition } from '../../operations/find/find-log.ts';
import { cursorOf, positionAsked } from '../requests/cursor.ts';
import { time } from './job-response.ts';

const sources = ['job', 'all'] as const;

const attemptText = 'must be a whole number from 1';
/** Which lines a caller asks for. */
export const lineFilter = {
  attempt: z.optional(z.coerce.number(attemptText).check(z.int(attemptText), z.gte(1, attemptText))),
  level: z.optional(z.enum(logLevels, `must be one of ${logLevels.join(', ')}`)),
};

/** The query of `GET /jobs/{id}/logs`. A cursor is one of all lines. */
export const logQuery = z.strictObject({
  source: z._default(z.enum(sources, `must be one of ${sources.join(', ')}`), 'job'),
  cursor: z.optional(z.string()),
  ...lineFilter,
});

export const logResponse = z.object({
  /** The newest first. */
  items: z.array(z.extend(logLine, { time })),
  /** Present until the last page, and while the logs are searched. */
  nextCursor: z.optional(z.string()),
});
export type LogResponse = z.infer<typeof logResponse>;

interface Signing {
  readonly root: RootSecretEntry;
  readonly tenant: string;
  readonly id: string;
}

const signingOf = ({ root, tenant, id }: Signing) => ({ root, tenant, filter: { logsOf: id } });

/** @throws InvalidRequestError for a cursor of another job, or of another tenant */
export function logPosition(cursor: string | undefined, signing: Signing): LogPosition | undefined {
  const position = positionAsked(cursor, signingOf(signing));
  if (position === undefined) return undefined;
  const [offset = '', ...queryId] = position.split('/');
  return { offset: Number(offset), queryId: queryId.join('/') };
}

export const logCursor = ({ offset, queryId }: LogPosition, signing: Signing): string =>
  cursorOf(`${offset}/${queryId}`, signingOf(signing));

const toLogLines = (lines: readonly LogLine[]): LogResponse['items'] =>
  lines.map((line) => ({ ...line, time: new Date(line.time).toISOString() }));

export const toLogResponse = (
  { lines = [], next }: Pick<LogPage, 'lines' | 'next'>,
  signing: Signing,
): LogResponse => ({
  items: toLogLines(lines),
  ...(next ? { nextCursor: logCursor(next, signing) } : {}),
});
