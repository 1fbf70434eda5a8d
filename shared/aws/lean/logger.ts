import { Console } from 'node:console';
import type { Fields, Log } from '../../domain/base/ports.ts';
import { isLogForPeople } from './function-environment.ts';

/**
 * Takes the place of `@aws-lambda-powertools/logger` in the bundles of functions: infra/packaging/lean-clients.cjs. It has what shared/aws/observe/logger.ts
 * asks of that package, and writes the same lines, byte by byte.
 */

/** A line. It has nothing that is empty. */
export class LogItem {
  readonly attributes: Record<string, unknown> = {};
  /** JSON needs no replacer for it, which takes most of the time of a line. */
  isPlain = true;

  constructor({ attributes }: { readonly attributes: Fields }) {
    for (const [key, value] of Object.entries(attributes)) {
      if ((value ?? '') === '') continue;
      this.attributes[key] = value;
      this.isPlain &&= typeof value !== 'object' && typeof value !== 'bigint';
    }
  }
}

interface Line {
  readonly logLevel: string;
  readonly message: string;
  readonly timestamp: Date;
  readonly serviceName: string;
}

export abstract class LogFormatter {
  abstract formatAttributes(line: Line, more: Fields): LogItem;
}

interface LoggerOptions {
  readonly serviceName: string;
  readonly logFormatter: LogFormatter;
  /** It is asked for no line that is less: shared/aws/observe/logger.ts compares. */
  readonly logLevel: string | undefined;
}

export class Logger implements Log {
  readonly debug: Log['debug'];
  readonly info: Log['info'];
  readonly warn: Log['warn'];
  readonly error: Log['error'];

  constructor({ serviceName, logFormatter }: LoggerOptions) {
    const isForPeople = isLogForPeople();
    // Lambda's own console would put each line into another object.
    const output = isForPeople ? console : new Console({ stdout: process.stdout, stderr: process.stderr });
    const at =
      (method: keyof Log): Log['info'] =>
      (message, fields = {}) => {
        const line = { logLevel: method.toUpperCase(), message, timestamp: new Date(), serviceName };
        const { attributes, isPlain } = logFormatter.formatAttributes(line, fields);
        const replace = isPlain ? undefined : replacer(isForPeople);
        output[method](JSON.stringify(attributes, replace, isForPeople ? 4 : 0));
      };
    this.debug = at('debug');
    this.info = at('info');
    this.warn = at('warn');
    this.error = at('error');
  }
}

/** Makes errors and big numbers such that JSON can have them, and leaves out what contains itself. */
function replacer(isForPeople: boolean) {
  const ancestors: unknown[] = [];
  return function (this: unknown, _key: string, value: unknown): unknown {
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
