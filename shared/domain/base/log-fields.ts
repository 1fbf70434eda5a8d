import type { Fields, Log } from './ports.ts';

/** A log whose every line has these fields. */
export function withFields(log: Log, common: Fields): Log {
  const at =
    (level: keyof Log) =>
    (message: string, fields: Fields = {}): void =>
      log[level](message, { ...common, ...fields });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
