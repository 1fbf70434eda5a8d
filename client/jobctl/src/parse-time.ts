import { usageError } from './ending.ts';
import { durationSeconds } from './parse-duration.ts';

/** Which way to look from now: a time of day is the next one, or the last one, and so is a duration. */
export type Direction = 'ahead' | 'back';

interface Reading {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly direction: Direction;
  /** As it was typed, for the error. */
  readonly option: string;
}

const proposals: Readonly<Record<Direction, string>> = {
  ahead: '17:00, "tomorrow 08:00", or a duration such as 2h',
  back: '09:30, "yesterday 08:00", or a duration such as 2h, which is 2 hours ago',
};

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const days = { yesterday: -1, today: 0, tomorrow: 1 } as const;
const clockOnly = /^\d{1,2}:\d\d$/;
const dayAndClock =
  /^(?:(?<word>yesterday|today|tomorrow)|(?<date>\d{4}-\d\d-\d\d))(?:[ T](?<clock>\d{1,2}:\d\d))?$/;

/**
 * Reads a time as people write it: RFC 3339, `HH:MM`, `tomorrow`, `yesterday 14:30`, `2026-12-24`, `2026-12-24 17:00`, or a
 * duration from now, or before now also as `2h ago`. What has no offset is by the clocks of this machine.
 * @throws CommandError
 */
export function parseTime(text: string, { now, direction, option }: Reading): Date {
  const time = readTime(text.trim(), now, direction);
  if (time && !Number.isNaN(time.getTime())) return time;
  throw usageError(
    `${option} is "${text}". Use a time such as 2026-12-24T17:00:00Z, ${proposals[direction]}.`,
  );
}

function readTime(text: string, now: number, direction: Direction): Date | undefined {
  if (rfc3339.test(text)) return new Date(text.replace(' ', 'T').toUpperCase());
  const seconds = durationSeconds(direction === 'back' ? text.replace(/ ago$/, '') : text);
  if (seconds !== undefined) return new Date(now + (direction === 'ahead' ? 1000 : -1000) * seconds);
  if (clockOnly.test(text)) return nearest(text, now, direction);
  const { word, date, clock } = dayAndClock.exec(text)?.groups ?? {};
  if (date) return localTime(date, clock);
  return word ? dayOf(now, days[word as keyof typeof days], clock ?? '0:00') : undefined;
}

/** The next or the last time that clocks here show it. */
function nearest(clock: string, now: number, direction: Direction): Date | undefined {
  const today = dayOf(now, 0, clock);
  if (!today) return undefined;
  if (direction === 'ahead') return today.getTime() > now ? today : dayOf(now, 1, clock);
  return today.getTime() <= now ? today : dayOf(now, -1, clock);
}

function dayOf(now: number, offset: number, clock: string): Date | undefined {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  if (hours > 23 || minutes > 59) return undefined;
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + offset, hours, minutes);
}

/** Without an offset, JavaScript reads a time as a local one. It reads February 30th as a day of March. */
function localTime(date: string, clock = '00:00'): Date | undefined {
  const time = new Date(`${date}T${clock.padStart(5, '0')}:00`);
  return time.getDate() === Number(date.slice(-2)) ? time : undefined;
}
