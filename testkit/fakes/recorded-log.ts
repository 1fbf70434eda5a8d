import type { Log } from '../../shared/domain/base/ports.ts';

export interface RecordedLog extends Log {
  readonly lines: readonly { level: keyof Log; message: string; fields: Record<string, unknown> }[];
}

/** A log that records its lines. */
export function recordedLog(): RecordedLog {
  const lines: { level: keyof Log; message: string; fields: Record<string, unknown> }[] = [];
  const at =
    (level: keyof Log) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      lines.push({ level, message, fields });
    };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
