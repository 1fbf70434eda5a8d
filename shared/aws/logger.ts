import { Logger } from '@aws-lambda-powertools/logger';
import { describeError, describeValue } from '../domain/base/errors.ts';
import type { Fields, Log } from '../domain/base/ports.ts';

/**
 * Writes one JSON line an event, through Powertools. The level is `POWERTOOLS_LOG_LEVEL`. Never throws: a handler may
 * throw what Powertools cannot write, and the end of its attempt must be stored all the same.
 */
export function createLog(serviceName: string): Log {
  const logger = new Logger({ serviceName });
  const at =
    (level: keyof Log) =>
    (message: string, fields: Fields = {}): void => {
      try {
        logger[level](message, fields);
      } catch {
        logger[level](message, asTexts(fields));
      }
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

const asTexts = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      describeValue(value instanceof Error ? describeError(value) : value),
    ]),
  );
