import { Logger } from '@aws-lambda-powertools/logger';
import { describeError, describeValue } from './describe-value.ts';

type Fields = Record<string, unknown>;

/** What a use case may log with. */
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/**
 * One JSON line an event, through Powertools; the level is `POWERTOOLS_LOG_LEVEL`. Never throws: what a job throws may
 * be of a kind that Powertools cannot write, and is no reason to lose the end of its attempt.
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
