/** Which way to look from now: a time of day is the next one, or the last one, and so is a duration. */
export type Direction = 'ahead' | 'back';

interface Reading {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly direction: Direction;
  /** Whose clocks show what has no offset: those of this machine, or those of UTC. */
  readonly clocks: 'local' | 'utc';
}

const unitSeconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
/** JavaScript has no dates after about 270,000 years. */
const maxSeconds = 1_000_000 * unitSeconds.d;

/** @returns the seconds of `90s`, `10m`, `2h`, `3d` or `1h30m`; undefined for another text */
export function durationSeconds(text: string): number | undefined {
  if (!/^(\d{1,9}[smhd])+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+)([smhd])/g)];
  const seconds = parts.reduce((sum, [, count, unit]) => sum + Number(count) * unitSeconds[unit as 's'], 0);
  return seconds < maxSeconds ? seconds : undefined;
}

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const days = { yesterday: -1, today: 0, tomorrow: 1 } as const;
const clockOnly = /^\d{1,2}:\d\d$/;
const dayAndClock =
  /^(?:(?<word>yesterday|today|tomorrow)|(?<date>\d{4}-\d\d-\d\d))(?:[ T](?<clock>\d{1,2}:\d\d))?$/;

/**
 * Reads a time as people write it: RFC 3339, `HH:MM`, `tomorrow`, `yesterday 14:30`, `2026-12-24`, `2026-12-24 17:00`,
 * or a duration from now, or before now also as `2h ago`.
 * @returns undefined for another text
 */
export function readTime(text: string, reading: Reading): Date | undefined {
  const time = timeIn(text.trim(), reading);
  return time && !Number.isNaN(time.getTime()) ? time : undefined;
}

function timeIn(text: string, reading: Reading): Date | undefined {
  const { now, direction } = reading;
  if (rfc3339.test(text)) return new Date(text.replace(' ', 'T').toUpperCase());
  const seconds = durationSeconds(direction === 'back' ? text.replace(/ ago$/, '') : text);
  if (seconds !== undefined) return new Date(now + (direction === 'ahead' ? 1000 : -1000) * seconds);
  if (clockOnly.test(text)) return nearest(text, reading);
  const { word, date, clock } = dayAndClock.exec(text)?.groups ?? {};
  if (date) return onDate(date, clock, reading);
  return word ? dayOf(days[word as keyof typeof days], clock ?? '0:00', reading) : undefined;
}

/** The next or the last time that clocks show it. */
function nearest(clock: string, reading: Reading): Date | undefined {
  const { now, direction } = reading;
  const today = dayOf(0, clock, reading);
  if (!today) return undefined;
  if (direction === 'ahead') return today.getTime() > now ? today : dayOf(1, clock, reading);
  return today.getTime() <= now ? today : dayOf(-1, clock, reading);
}

function dayOf(offset: number, clock: string, { now, clocks }: Reading): Date | undefined {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  if (hours > 23 || minutes > 59) return undefined;
  const day = new Date(now);
  return clocks === 'utc'
    ? new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate() + offset, hours, minutes))
    : new Date(day.getFullYear(), day.getMonth(), day.getDate() + offset, hours, minutes);
}

/** Without an offset, JavaScript reads a time as a local one. It reads February 30th as a day of March. */
function onDate(date: string, clock = '00:00', { clocks }: Reading): Date | undefined {
  const isUtc = clocks === 'utc';
  const time = new Date(`${date}T${clock.padStart(5, '0')}:00${isUtc ? 'Z' : ''}`);
  const day = isUtc ? time.getUTCDate() : time.getDate();
  return day === Number(date.slice(-2)) ? time : undefined;
}
