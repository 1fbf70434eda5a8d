import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import { describeError, describeValue } from '../../domain/base/errors.ts';
import type { Fields, Log } from '../../domain/base/ports.ts';
import { droppedText, metricsName } from '../../domain/observe/log-job-line.ts';

/** From the least to the most, by Powertools' names. */
const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL', 'SILENT'] as const;
const levelOf = (name = ''): number => (levels as readonly string[]).indexOf(name.toUpperCase());

/** What each line has, and no field may replace; and what no line may have. */
const reserved = ['level', 'message', 'sampling_rate', 'service', 'timestamp', metricsName];

type Formatting = Parameters<LogFormatter['formatAttributes']>;

/**
 * Each line has what people look for, and its time in UTC, wherever a server runs. Powertools' own formatter adds to each the sampling
 * rate, which is 0, and X-Ray's trace, which nobody records: 72 bytes, of 350.
 */
class Lines extends LogFormatter {
  override formatAttributes(
    { logLevel: level, message, timestamp, serviceName: service }: Formatting[0],
    more: Formatting[1],
  ): LogItem {
    const time = timestamp.toISOString();
    return new LogItem({ attributes: { level, message, timestamp: time, service, ...more } });
  }
}

/**
 * Writes one JSON line an event, through Powertools; in the bundles of functions through what takes its place
 * (docs/adr/0147-the-logger-by-its-name.md). Never throws: a handler may throw what Powertools cannot write, and the
 * end of its attempt must be stored all the same.
 * @param environment the level is its `POWERTOOLS_LOG_LEVEL`, or that of Lambda's log format if that is higher. Powertools
 * alone would heed Lambda's, whatever is asked for
 */
export function createLog(
  serviceName: string,
  {
    POWERTOOLS_LOG_LEVEL,
    LOG_LEVEL,
    AWS_LAMBDA_LOG_LEVEL,
  }: Readonly<Record<string, string | undefined>> = {},
): Log {
  const asked = levelOf(POWERTOOLS_LOG_LEVEL || LOG_LEVEL);
  const ofLambda = levelOf(AWS_LAMBDA_LOG_LEVEL?.replace('FATAL', 'CRITICAL'));
  const min = Math.max(asked === -1 ? levelOf('INFO') : asked, ofLambda);
  const logger = new Logger({ serviceName, logLevel: levels[min], logFormatter: new Lines() });

  const at = (level: keyof Log) => {
    if (levelOf(level) < min) return () => {};
    const write = (message: string, fields: Fields): void => {
      const own: Record<string, unknown> = {};
      for (const [key, value] of Object.entries(fields))
        if (reserved.includes(key)) log.warn(droppedText(key));
        else own[key] = value;
      logger[level](message, own);
    };
    return (message: string, given: Fields = {}): void => {
      const fields = given instanceof Error ? { error: given } : given;
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

/** What JSON cannot have, as JSON can. */
const asTexts = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      describeValue(value instanceof Error ? describeError(value) : value),
    ]),
  );
