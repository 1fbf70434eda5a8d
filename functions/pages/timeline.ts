import type { JobResponse } from '../../shared/http/job-response.ts';
import { type Html, html } from './html.ts';
import { duration } from './words.ts';

type Entry = JobResponse['history'][number];

/** One stretch of a job's life. */
interface Stretch {
  readonly kind: 'ran' | 'failed' | 'crashed' | 'rested';
  readonly what: string;
  readonly from: number;
  readonly to: number;
}

const endings: Readonly<Record<Exclude<Entry['event'], 'started'>, string>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  retrying: 'failed, and was tried again',
  canceled: 'was canceled',
  crashed: 'crashed: its worker was gone',
  resubmitted: 'was retried by a person',
  'handed-over': 'was handed over to the next slice',
};

const kindOf = (event: Entry['event']): Stretch['kind'] => {
  if (event === 'crashed') return 'crashed';
  return event === 'failed' || event === 'retrying' ? 'failed' : 'ran';
};

/** From each start to the end of it, and the rests between them. */
export function stretchesOf(
  { createdAt, finishedAt, history }: JobResponse,
  now: number,
): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let from = Date.parse(createdAt);
  let running: Entry | undefined;
  const add = (kind: Stretch['kind'], what: string, to: number) => {
    stretches.push({ kind, what, from, to: Math.max(from, to) });
    from = to;
  };
  for (const entry of history) {
    const at = Date.parse(entry.at);
    if (entry.event === 'started') {
      add('rested', stretches.length === 0 ? 'in the queue' : 'waited for its next start', at);
      running = entry;
    } else if (running) {
      add(kindOf(entry.event), `attempt ${running.attempt} ${endings[entry.event]}`, at);
      running = undefined;
    } else add('rested', endings[entry.event], at);
  }
  const end = finishedAt === null ? now : Date.parse(finishedAt);
  if (running) add('ran', `attempt ${running.attempt} runs`, end);
  else if (finishedAt === null) add('rested', stretches.length === 0 ? 'in the queue' : 'waits', end);
  return stretches.filter(({ to }, index) => to > (stretches[index]?.from ?? 0) || stretches.length === 1);
}

const width = 1000;
const minWidth = 6;

/** A bar of all stretches, and the same as a list for those who cannot see it. Styles in a page are not allowed: an image is. */
export function timeline(job: JobResponse, now: number): Html {
  const stretches = stretchesOf(job, now);
  const whole = Math.max(
    1,
    stretches.reduce((sum, { from, to }) => sum + (to - from), 0),
  );
  const widths = stretches.map(({ from, to }) => Math.max(minWidth, ((to - from) / whole) * width));
  const all = widths.reduce((sum, one) => sum + one, 0);
  let at = 0;
  const rects = stretches.map(({ kind, what, from, to }, index) => {
    const wide = ((widths[index] ?? 0) / all) * width;
    const x = at;
    at += wide;
    return html`<rect class="${kind}" x="${x.toFixed(1)}" y="0" width="${Math.max(1, wide - 1).toFixed(1)}" height="22"><title>${what}: ${duration(to - from)}</title></rect>`;
  });
  return html`<svg class="timeline" viewBox="0 0 ${width} 22" preserveAspectRatio="none" aria-hidden="true">${rects}</svg>
<ol class="stretches">${stretches.map(
    ({ kind, what, from, to }) =>
      html`<li class="${kind}"><span class="dot" aria-hidden="true"></span>${what} <span class="faint">${duration(to - from)}</span></li>`,
  )}</ol>`;
}
