import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import type { Fields, Log } from '../domain/base/ports.ts';
import { droppedText, metricsName } from '../domain/observe/log-job-line.ts';
import { asTexts } from './lean-logger.ts';

const levels: readonly (keyof Log)[] = ['debug', 'info', 'warn', 'error'];

type Formatting = Parameters<LogFormatter['formatAttributes']>;

/**
 * Each line has what people look for. Powertools' own formatter adds to each the sampling rate, which is 0, and X-Ray's
 * trace, which nobody records: 72 bytes, of 350.
 */
class Lines extends LogFormatter {
  override formatAttributes(
    { logLevel: level, message, timestamp, serviceName: service }: Formatting[0],
    more: Formatting[1],
  ): LogItem {
    const attributes = { level, message, timestamp: this.formatTimestamp(timestamp), service };
    return new LogItem({ attributes }).addAttributes(more);
  }
}

/**
 * Writes one JSON line an event, through Powertools. Never throws: a handler may throw what Powertools cannot write,
 * and the end of its attempt must be stored all the same.
 * @param environment its `POWERTOOLS_LOG_LEVEL` is the level. Powertools alone would heed that of Lambda's log format
 * instead
 */
export function createLog(
  serviceName: string,
  { POWERTOOLS_LOG_LEVEL = '' }: Readonly<Record<string, string | undefined>> = {},
): Log {
  const logger = new Logger({ serviceName, logFormatter: new Lines() });
  const min = levels.findIndex((level) => level.toUpperCase() === POWERTOOLS_LOG_LEVEL.toUpperCase());
  const at = (level: keyof Log) => {
    if (levels.indexOf(level) < min) return () => {};
    const write = (message: string, fields: Fields): void => {
      const { [metricsName]: metrics, ...others } = fields instanceof Error ? {} : fields;
      if (metrics === undefined) logger[level](message, fields);
      else {
        logger.warn(droppedText(metricsName));
        logger[level](message, others);
      }
    };
    return (message: string, fields: Fields = {}): void => {
      try {
        write(message, fields);
      } catch {
        write(message, asTexts(fields));
      }
    };
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
