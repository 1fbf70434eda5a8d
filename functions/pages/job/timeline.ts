import { isWaiting } from '../../../shared/domain/state/job/transitions.ts';
import type { JobWait, OfEachWait } from '../../../shared/domain/state/waits/wait.ts';
import type { JobResponse } from '../../../shared/http/responses/job-response.ts';
import { foreign, type Html, html } from '../html/html.ts';
import { cut, duration } from '../html/words.ts';

type Entry = JobResponse['history'][number];

/** One stretch of a job's life. */
export interface Stretch {
  readonly kind: 'ran' | 'failed' | 'crashed' | 'rested';
  readonly what: string;
  readonly from: number;
  readonly to: number;
  /** Why it ended. */
  readonly error?: string | undefined;
  /** Who ended it. */
  readonly by?: string | undefined;
}

/** Somebody sends an answer whatever the job does. */
type Change = Exclude<Entry['event'], 'signaled'>;

const endings: Readonly<Record<Exclude<Change, 'started'>, string>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  retrying: 'failed',
  interrupted: 'was interrupted: its server stopped',
  'put-off': 'was put off: it is to be tried later',
  canceled: 'was canceled',
  crashed: 'crashed: its worker was gone',
  resubmitted: 'was retried',
  'handed-over': 'ran in slices',
};

/**
 * Of several hand-overs in a row, or put-offs, the history has one entry: what is before its end, ran, and waited, also
 * for people.
 */
function endingOf(event: Exclude<Change, 'started'>, times: number, { slices }: JobResponse): string {
  if (event === 'handed-over' && slices > 1) return 'ran in slices, with the waits between them,';
  return times > 1 ? `was put off ${times} times, with the waits between them,` : endings[event];
}

/** What a job does after an event, until its next one. */
const rests: Readonly<Record<Change, string>> = {
  started: 'Running',
  succeeded: 'Over',
  failed: 'Over',
  canceled: 'Over',
  crashed: 'Waiting for another worker',
  retrying: 'Waiting for the next attempt',
  interrupted: 'Waiting for another worker',
  'put-off': 'Waiting for its time',
  resubmitted: 'In the queue',
  'handed-over': 'Between two slices',
};

/** What a job does that waits now. Its last event says which time it waits for, and its submission which jobs. */
const lastRests: OfEachWait<string | undefined> = {
  time: undefined,
  jobs: undefined,
  children: 'Waiting for its children',
  signal: 'Waiting for an answer',
  turn: 'Waiting for its turn',
  place: 'Waiting for a place',
  pause: 'Paused',
  handler: 'Waiting for its job type',
  submissions: 'Waiting for more submissions',
};

const kindOf = (event: Entry['event']): Stretch['kind'] => {
  if (event === 'crashed') return 'crashed';
  return event === 'failed' || event === 'retrying' ? 'failed' : 'ran';
};

function firstRest({ dependsOn = [], runAt }: JobResponse): string {
  const reasons = [
    ...(runAt === undefined ? [] : ['its time']),
    ...(dependsOn.length > 0 ? ['other jobs'] : []),
  ];
  return reasons.length === 0 ? 'In the queue' : `Waiting for ${reasons.join(' and for ')}`;
}

/** After a hand-over the attempts are counted from 1 again. */
const nameOf = ({ attempt }: Entry, before: Entry | undefined): string => {
  if (before?.event !== 'handed-over') return `Attempt ${attempt}`;
  return attempt > 1 ? `The next slice, attempt ${attempt},` : 'The next slice';
};

interface Lived {
  readonly job: JobResponse;
  /** What it waits for now. */
  readonly wait: JobWait | undefined;
}

/** From each start to the end of it, and the rests between them. */
export function stretchesOf({ job, wait }: Lived, now: number): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let from = Date.parse(job.createdAt);
  let rest = firstRest(job);
  let running: string | undefined;
  let before: Entry | undefined;
  const add = (kind: Stretch['kind'], what: string, to: number, { error, by }: Partial<Entry> = {}) => {
    // A rest of no time is none. An attempt may fail within a millisecond.
    if (kind !== 'rested' || to > from)
      stretches.push({ kind, what, from, to: Math.max(from, to), error, by });
    from = Math.max(from, to);
  };
  for (const entry of job.history) {
    if (entry.event === 'signaled') continue;
    const at = Date.parse(entry.lastAt ?? entry.at);
    if (entry.event === 'started') {
      add('rested', rest, at);
      running = nameOf(entry, before);
    } else {
      if (running)
        add(kindOf(entry.event), `${running} ${endingOf(entry.event, entry.times ?? 1, job)}`, at, entry);
      else add('rested', `${rest}, until it ${endings[entry.event]}`, at, entry);
      running = undefined;
    }
    rest = rests[entry.event];
    before = entry;
  }
  if (running) add('ran', `${running} is running`, now);
  else if (job.finishedAt === null) add('rested', lastRestOf({ job, wait }) ?? rest, now);
  return stretches;
}

/** @returns undefined where its last event says it */
const lastRestOf = ({ job, wait }: Lived): string | undefined =>
  (wait && lastRests[wait.kind]) ?? (isAsleep(job) ? 'Asleep' : undefined);

const isAsleep = ({ status, history }: JobResponse): boolean =>
  isWaiting(status) && lastChange(history) === 'handed-over';

/** What the job itself did last. */
export const lastChange = (history: readonly Entry[]): Entry['event'] | undefined =>
  history.findLast(({ event }) => event !== 'signaled')?.event;

const width = 1000;
const minWidth = 6;
/** A page has a size. */
const maxShown = 20;
const maxErrorCharacters = 120;

/**
 * A bar of the last stretches, and the same as a list for those who cannot see it. A style in a page is not allowed, an
 * image is.
 */
export function timeline(lived: Lived, now: number): Html {
  const all = stretchesOf(lived, now);
  const shown = all.slice(-maxShown);
  return html`${bar(shown)}
${all.length > shown.length && html`<p class="faint">The last ${shown.length} of ${all.length} parts.</p>`}
<ol class="stretches">${shown.map(
    ({ kind, what, from, to, error, by }) =>
      html`<li class="${kind}"><span class="dot" aria-hidden="true"></span><span>${what} <span class="faint">${duration(to - from)}${by !== undefined && html`, by ${foreign(by)}`}</span>${error !== undefined && html`<br><span class="why">${foreign(cut(error, maxErrorCharacters))}</span>`}</span></li>`,
  )}</ol>`;
}

function bar(stretches: readonly Stretch[]): Html {
  const whole = stretches.reduce((sum, { from, to }) => sum + (to - from), 0) || 1;
  const widths = stretches.map(({ from, to }) => Math.max(minWidth, ((to - from) / whole) * width));
  const scale = width / widths.reduce((sum, one) => sum + one, 0);
  let x = 0;
  const rects = stretches.map(({ kind, what, from, to }, index) => {
    const wide = (widths[index] ?? 0) * scale;
    const left = x;
    x += wide;
    return html`<rect class="${kind}" x="${left.toFixed(1)}" width="${Math.max(1, wide - 2).toFixed(1)}" height="22"><title>${what}: ${duration(to - from)}</title></rect>`;
  });
  return html`<svg class="timeline" viewBox="0 0 ${width} 22" preserveAspectRatio="none" aria-hidden="true">${rects}</svg>`;
}
