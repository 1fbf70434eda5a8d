import { type Direction, durationSeconds, readTime } from '../../../../shared/time-text/read-time.ts';
import { usageError } from '../ending.ts';

/** @returns seconds. @throws CommandError */
export function parseDuration(text: string, option: string): number {
  const seconds = durationSeconds(text);
  if (seconds !== undefined) return seconds;
  throw usageError(`${option} is "${text}". Use a duration such as 90s, 10m, 2h or 3d.`);
}

const proposals: Readonly<Record<Direction, string>> = {
  ahead: '17:00, "tomorrow 08:00", or a duration such as 2h',
  back: '09:30, "yesterday 08:00", or a duration such as 2h, which is 2 hours ago',
};

interface Reading {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly direction: Direction;
  /** As it was typed, for the error. */
  readonly option: string;
}

/** What has no offset is by the clocks of this machine. @throws CommandError */
export function parseTime(text: string, { option, ...reading }: Reading): Date {
  const time = readTime(text, { ...reading, clocks: 'local' });
  if (time) return time;
  throw usageError(
    `${option} is "${text}". Use a time such as 2026-12-24T17:00:00Z, ${proposals[reading.direction]}.`,
  );
}
