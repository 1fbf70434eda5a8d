import type { JobStatus } from '../../../shared/domain/state/job/transitions.ts';
import { type Html, html } from './html.ts';

interface StatusWords {
  readonly word: string;
  /** Stands for it beside its colour. */
  readonly sign: string;
  /** Of the favicon; the page's own colours are in its style sheet. */
  readonly color: string;
}

/** What a person reads for a status. */
export const statusWords: Readonly<Record<JobStatus, StatusWords>> = {
  queued: { word: 'Queued', sign: '○', color: '#5b6b82' },
  waiting: { word: 'Waiting', sign: '◷', color: '#7a5af0' },
  running: { word: 'Running', sign: '▶', color: '#0b6bcb' },
  succeeded: { word: 'Succeeded', sign: '✓', color: '#14804a' },
  failed: { word: 'Failed', sign: '✕', color: '#c42b1c' },
  canceled: { word: 'Canceled', sign: '⊘', color: '#74635a' },
};

export const statusBadge = (status: JobStatus): Html => {
  const { word, sign } = statusWords[status];
  return html`<span class="badge ${status}"><span aria-hidden="true">${sign}</span> ${word}</span>`;
};

/** Of what only newer code can read, as after a rollback. */
export const newerVersion = (version: number): string => `of a newer version (${version})`;

/** The beginning of a text that somebody else wrote: a page has a size. */
export const cut = (text: string, max: number): string =>
  text.length > max ? `${text.slice(0, max)}…`.toWellFormed() : text.toWellFormed();

const sizes = [
  { bytes: 1024 ** 3, unit: 'GB' },
  { bytes: 1024 ** 2, unit: 'MB' },
] as const;

/** `1 byte`, `3 KB`, `1.5 MB`. */
export function size(bytes: number): string {
  if (bytes < 1024) return counted(bytes, 'byte');
  const large = sizes.find((each) => bytes >= each.bytes);
  if (!large) return `${Math.ceil(bytes / 1024)} KB`;
  return `${Math.round((bytes / large.bytes) * 10) / 10} ${large.unit}`;
}

const units = [
  { seconds: 86_400, unit: 'day' },
  { seconds: 3_600, unit: 'hour' },
  { seconds: 60, unit: 'minute' },
  { seconds: 1, unit: 'second' },
] as const;

const counted = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`;

/** `2 minutes`, `1 hour 5 minutes`, `0.4 seconds`. @param milliseconds not negative */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 0.05) return 'under 0.1 seconds';
  if (seconds < 9.95) return counted(Math.round(seconds * 10) / 10, 'second');
  const rounded = Math.round(seconds);
  const at = units.findIndex((each) => rounded >= each.seconds);
  const [first = units[3], second] = units.slice(at);
  const rest = second ? Math.floor((rounded % first.seconds) / second.seconds) : 0;
  const whole = counted(Math.floor(rounded / first.seconds), first.unit);
  return second && rest > 0 ? `${whole} ${counted(rest, second.unit)}` : whole;
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' });

/**
 * A time as people say it, with the exact one as its title. The script says it again as time goes on. @param now epoch
 * milliseconds
 */
export function when(iso: string, now: number): Html {
  const seconds = (Date.parse(iso) - now) / 1000;
  const away = Math.abs(seconds);
  const { seconds: size, unit } = units.find((each) => away >= each.seconds) ?? units[3];
  const text = away < 2 ? 'just now' : relative.format(Math.trunc(seconds / size), unit);
  return html`<time datetime="${iso}" title="${exact(iso)}">${text}</time>`;
}

const exact = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;

/** The same with the exact time beside it: a title is for a mouse only. */
export const whenExactly = (iso: string, now: number): Html =>
  html`${when(iso, now)} <span class="faint exact">${exact(iso)}</span>`;

/** With the digits that say something: what costs less than a hundredth of a cent is common. */
export const costText = (usd: number): string =>
  usd >= 0.0001 || usd === 0 ? `about $${usd.toFixed(4)}` : 'less than $0.0001';
