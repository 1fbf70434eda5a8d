import { describeError, describeValue } from '../domain/base/errors.ts';
import type { Fields, Log } from '../domain/base/ports.ts';

const levels: readonly (keyof Log)[] = ['debug', 'info', 'warn', 'error'];
/** What `POWERTOOLS_LOG_LEVEL` may be, from the level that writes most. */
const settings = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL', 'SILENT'];
const rankOf = (level: string): number => settings.indexOf(level.toUpperCase());

/**
 * Writes one JSON line an event (ADR 125). Never throws: a handler may throw what JSON does not have, and the end of its attempt must be
 * stored all the same. The line goes to the output itself: the console of Lambda would wrap it in another object.
 * @param environment its `POWERTOOLS_LOG_LEVEL` is the level, INFO if it says none
 */
export function createLog(
  serviceName: string,
  { POWERTOOLS_LOG_LEVEL = 'INFO' }: Readonly<Record<string, string | undefined>> = {},
): Log {
  const min = rankOf(POWERTOOLS_LOG_LEVEL) < 0 ? rankOf('INFO') : rankOf(POWERTOOLS_LOG_LEVEL);
  const at = (level: keyof Log) => {
    if (rankOf(level) < min) return () => {};
    const shownLevel = level.toUpperCase();
    const isTrouble = levels.indexOf(level) >= levels.indexOf('warn');
    return (message: string, fields: Fields = {}): void => {
      const start = { level: shownLevel, message, timestamp: new Date().toISOString(), service: serviceName };
      const output = isTrouble ? process.stderr : process.stdout;
      output.write(`${lineOf(start, fields)}\n`);
    };
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function lineOf(start: Readonly<Record<string, string>>, fields: Fields): string {
  try {
    return toLine(start, fields);
  } catch {
    return toLine(start, asTexts(fields));
  }
}

/** What is empty is left out, and no field takes the place of another. */
function toLine(start: Readonly<Record<string, string>>, fields: Fields): string {
  const line: Record<string, unknown> = { ...start };
  let isPlain = true;
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined || value === null || value === '' || Object.hasOwn(start, key)) continue;
    line[key] = value;
    isPlain &&= typeof value !== 'object' && typeof value !== 'bigint';
  }
  // Most lines have texts and numbers alone: they take a third of the time.
  return isPlain ? JSON.stringify(line) : JSON.stringify(line, readable());
}

/** Shows errors and large numbers, and leaves out an object that contains itself. */
function readable() {
  const ancestors: unknown[] = [];
  return function (this: unknown, _key: string, value: unknown): unknown {
    if (typeof value === 'bigint') return String(value);
    if (typeof value !== 'object' || value === null) return value;
    while (ancestors.length > 0 && ancestors.at(-1) !== this) ancestors.pop();
    if (ancestors.includes(value)) return undefined;
    const shown = value instanceof Error ? fieldsOf(value) : value;
    ancestors.push(shown);
    return shown;
  };
}

function fieldsOf(error: Error): object {
  const { name, message, stack, cause } = error;
  return { name, location: locationOf(stack), message, stack, cause, ...without(error) };
}

const without = ({ name: _, message: __, stack: ___, cause: ____, ...own }: Error): object => own;

/** Where an error was thrown: the file and the line of its first frame. */
const locationOf = (stack = ''): string => /^ +at (?:.*\(|async )?(\S+:\d+):\d+\)?$/m.exec(stack)?.[1] ?? '';

const asTexts = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      describeValue(value instanceof Error ? describeError(value) : value),
    ]),
  );
