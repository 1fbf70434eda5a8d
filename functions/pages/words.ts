import type { JobStatus } from '../../shared/job/transitions.ts';
import { type Html, html } from './html.ts';

/** What a person reads for a status, and the sign that stands for it beside its colour. */
export const statusWords: Readonly<Record<JobStatus, { readonly word: string; readonly sign: string }>> = {
  queued: { word: 'Queued', sign: '○' },
  waiting: { word: 'Waiting', sign: '◷' },
  running: { word: 'Running', sign: '▶' },
  succeeded: { word: 'Succeeded', sign: '✓' },
  failed: { word: 'Failed', sign: '✕' },
  canceled: { word: 'Canceled', sign: '⊘' },
};

export const statusBadge = (status: JobStatus): Html => {
  const { word, sign } = statusWords[status];
  return html`<span class="badge ${status}"><span aria-hidden="true">${sign}</span> ${word}</span>`;
};

const units: readonly (readonly [seconds: number, one: string, many: string])[] = [
  [86_400, 'day', 'days'],
  [3_600, 'hour', 'hours'],
  [60, 'minute', 'minutes'],
  [1, 'second', 'seconds'],
];

/** `2 minutes`, `1 hour 5 minutes`, `0.4 seconds`. @param milliseconds not negative */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} seconds`;
  const at = units.findIndex(([size]) => seconds >= size);
  const [size, ...words] = units[at] ?? [1, 'second', 'seconds'];
  const whole = Math.floor(seconds / size);
  const [nextSize, ...nextWords] = units[at + 1] ?? [1, '', ''];
  const rest = Math.floor((seconds - whole * size) / nextSize);
  return [[whole, words] as const, ...(units[at + 1] && rest > 0 ? [[rest, nextWords] as const] : [])]
    .map(([count, [one, many]]) => `${count} ${count === 1 ? one : many}`)
    .join(' ');
}

/** A time as people say it, with the exact one as its title. @param now epoch milliseconds */
export function when(iso: string, now: number): Html {
  const away = Date.parse(iso) - now;
  const near = Math.abs(away) < 2_000;
  const text = near ? 'just now' : away < 0 ? `${duration(-away)} ago` : `in ${duration(away)}`;
  return html`<time datetime="${iso}" title="${iso}">${text}</time>`;
}
