import { Console } from 'node:console';
import { describeError, describeValue } from '../domain/base/errors.ts';
import type { Fields, Log } from '../domain/base/ports.ts';
import { droppedText, metricsName } from '../domain/observe/log-job-line.ts';

/** From the least to the most, by Powertools' names. */
const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL', 'SILENT'];

/** What each line has, and no field may replace; and what no line may have. */
const reserved = ['level', 'message', 'sampling_rate', 'service', 'timestamp', metricsName];
/** A field of this name says nothing of what a handler has logged. */
const unsafe = ['__proto__', 'constructor'];

/**
 * Writes the lines that shared/aws/logger.ts writes, byte by byte, without Powertools: for the functions of which every
 * message and most requests start one. Powertools' logger is 20 KB of a bundle (ADR 126). Never throws.
 * @param environment its `POWERTOOLS_LOG_LEVEL` is the level, and with `POWERTOOLS_DEV` lines are for people
 */
export function createLog(
  service: string,
  { POWERTOOLS_LOG_LEVEL, POWERTOOLS_DEV = '' }: Readonly<Record<string, string | undefined>> = {},
): Log {
  const isForPeople = ['1', 'y', 'yes', 't', 'true', 'on'].includes(POWERTOOLS_DEV.trim().toLowerCase());
  // Lambda's own console would put each line into another object.
  const output = isForPeople ? console : new Console({ stdout: process.stdout, stderr: process.stderr });
  const asked = levels.indexOf((POWERTOOLS_LOG_LEVEL ?? 'INFO').toUpperCase());
  const min = asked === -1 ? levels.indexOf('INFO') : asked;

  const at = (level: keyof Log) => {
    const name = level.toUpperCase();
    if (levels.indexOf(name) < min) return () => {};
    const write = (message: string, fields: Fields): void => {
      const timestamp = new Date().toISOString();
      const { line, isPlain } = lineOf({ level: name, message, timestamp, service }, fields, log);
      output[level](JSON.stringify(line, isPlain ? undefined : replacer(isForPeople), isForPeople ? 4 : 0));
    };
    return (message: string, fields: Fields = {}): void => {
      try {
        write(message, fields);
      } catch {
        write(message, asTexts(fields));
      }
    };
  };
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return log;
}

const isEmpty = (value: unknown): boolean => value === '' || value === null || value === undefined;

/**
 * What a line has: nothing that is empty.
 * @returns with `isPlain` if JSON needs no replacer for it, which takes most of the time of a line
 */
function lineOf(own: Fields, fields: Fields, log: Log): { readonly line: Fields; readonly isPlain: boolean } {
  const line: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(own)) if (!isEmpty(value)) line[key] = value;
  let isPlain = true;
  for (const [key, value] of Object.entries(fields instanceof Error ? { error: fields } : fields)) {
    if (reserved.includes(key)) log.warn(droppedText(key));
    else if (!isEmpty(value)) {
      line[key] = value;
      isPlain &&= !['object', 'bigint'].includes(typeof value) && !unsafe.includes(key);
    }
  }
  return { line, isPlain };
}

/** Makes errors and big numbers such that JSON can have them, and leaves out what contains itself. */
function replacer(isForPeople: boolean) {
  const ancestors: unknown[] = [];
  return function (this: unknown, key: string, value: unknown): unknown {
    if (unsafe.includes(key)) return undefined;
    if (typeof value === 'bigint') return String(value);
    if (typeof value !== 'object' || value === null) return value;
    const shown = value instanceof Error ? shownError(value, isForPeople) : value;
    while (ancestors.length > 0 && ancestors.at(-1) !== this) ancestors.pop();
    if (ancestors.includes(shown)) return undefined;
    ancestors.push(shown);
    return shown;
  };
}

function shownError(error: Error, isForPeople: boolean): Fields {
  const { name, message, stack, cause, ...others } = error;
  return {
    name,
    location: placeIn(stack),
    message,
    stack: isForPeople && typeof stack === 'string' ? stack.split('\n') : stack,
    cause: cause instanceof Error ? shownError(cause, isForPeople) : cause,
    ...others,
  };
}

/** The file and the line of the first frame with both. */
function placeIn(stack: string | undefined): string {
  for (const frame of stack ? stack.split('\n') : []) {
    const [, file, line] = /\(([^()]*?):(\d+?):(\d+?)\)\\?$/.exec(frame) ?? [];
    if (file !== undefined) return `${file}:${Number(line)}`;
  }
  return '';
}

/** What JSON cannot have, as JSON can. */
export const asTexts = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      describeValue(value instanceof Error ? describeError(value) : value),
    ]),
  );
