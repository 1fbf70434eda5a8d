import { usageError } from './ending.ts';

const unitSeconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** @returns the seconds of `90s`, `10m`, `2h`, `3d` or `1h30m`; undefined for another text */
export function durationSeconds(text: string): number | undefined {
  if (!/^(\d{1,9}[smhd])+$/.test(text)) return undefined;
  const parts = text.matchAll(/(\d+)([smhd])/g);
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * unitSeconds[unit as 's'], 0);
}

/** @throws CommandError */
export function parseDuration(text: string, option: string): number {
  const seconds = durationSeconds(text);
  if (seconds !== undefined) return seconds;
  throw usageError(`${option} is "${text}". Use a duration such as 90s, 10m, 2h or 3d.`);
}
