import type { Batch, Job, JobStatus, ListedJob } from '../library.ts';
import type { Colors } from './output.ts';
import { jsonText, plainText, shortText } from './plain-text.ts';

const maxResult = 400;

interface Look {
  readonly paint: keyof Colors & ('green' | 'red' | 'yellow' | 'cyan' | 'dim');
  /** What says most of a job with this status. */
  readonly news: 'progress' | 'result' | 'error';
}

const looks: Readonly<Record<JobStatus, Look>> = {
  queued: { paint: 'dim', news: 'progress' },
  waiting: { paint: 'yellow', news: 'progress' },
  running: { paint: 'cyan', news: 'progress' },
  succeeded: { paint: 'green', news: 'result' },
  failed: { paint: 'red', news: 'error' },
  canceled: { paint: 'yellow', news: 'progress' },
};

/** @param width in characters, filled with spaces */
export const statusText = (status: JobStatus, colors: Colors, width = 0): string =>
  colors[looks[status].paint](status.padEnd(width));

/** As clocks here show it: `2026-11-26 17:40:12`. */
export function localText(time: string): string {
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}

/** How long it takes from one time to another: `850 ms`, `5.1 s`, `3 m 20 s`, `2 h 5 m`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
}

export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `60 %: 2 s left`; empty without a progress. */
export const progressText = ({ progress }: Pick<ListedJob, 'progress'>): string =>
  progress === null
    ? ''
    : `${progress.percent} %${progress.message === null ? '' : `: ${plainText(progress.message)}`}`;

/** How far a job is, and what it waits for. */
export const stateText = ({ waitReason = '', ...job }: Pick<ListedJob, 'progress' | 'waitReason'>): string =>
  [progressText(job), plainText(waitReason)].filter(Boolean).join('  ');

export const errorText = ({ error }: Pick<ListedJob, 'error'>): string =>
  error === null ? '' : plainText(`${error.name}: ${error.message}`);

interface Showing {
  readonly colors: Colors;
  /** Everybody who has the page's address may look at the job: keep it out of logs. */
  readonly hasPage: boolean;
  /** How far its children are. */
  readonly batches?: readonly Batch[] | undefined;
}

/** How far the children of a batch are. */
export const batchText = ({ key, type, count, ended, unsuccessful }: Batch): string =>
  `${plainText(key)}  ${plainText(type)}  ${ended} of ${count} ended, ${unsuccessful} unsuccessful`;

/** Everything that the API tells of a job, for people: a line for each fact that there is. */
export function describeJob(job: Job, { colors, hasPage, batches = [] }: Showing): string {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['status', [statusText(job.status, colors), progressText(job)].filter(Boolean).join('  ')],
    ['error', errorText(job) || undefined],
    ['result', resultText(job)],
    ['attempt', `${attemptText(job)} of ${job.maxAttempts}${whyLast(job)}`],
    ['created', localText(job.createdAt)],
    ['run at', job.runAt && localText(job.runAt)],
    ['waits', job.waitReason && plainText(job.waitReason)],
    ['waits for', waitsForText(job)],
    ['goes on', job.notBefore && localText(job.notBefore)],
    ['start before', job.startBefore && localText(job.startBefore)],
    ['started', job.startedAt ? localText(job.startedAt) : undefined],
    ['finished', finishedText(job)],
    ['group', job.group && plainText(job.group)],
    ['parent', job.parent && `child ${job.parent.index} of ${plainText(job.parent.id)}`],
    ['children', batches.map(batchText).join('; ')],
    ['depends on', job.dependsOn?.join(', ')],
    ['tags', job.tags?.map(plainText).join(', ')],
    ['page', hasPage && job.pageUrl ? plainText(job.pageUrl) : undefined],
  ];
  const lines = facts.flatMap(([name, text]) => (text ? [`  ${colors.dim(name.padEnd(12))}  ${text}`] : []));
  const history = job.history.map(historyLine);
  const title = `${colors.bold(plainText(job.type))}  ${job.id}`;
  return [title, ...lines, ...(history.length > 0 ? ['', ...history] : [])].join('\n');
}

/** Each slice counts its attempts anew: a job that waits for its next slice has none. */
const attemptText = ({ attempt, slices }: Job): string => {
  if (attempt > 0) return String(attempt);
  return slices > 0 ? 'none in this slice,' : 'none yet,';
};

/** The answers that somebody is to send, with the words of `jobctl signal`. */
function waitsForText({ waitsFor }: Pick<Job, 'waitsFor'>): string | undefined {
  const texts = waitsFor?.map(({ signal, key, until, question }) => {
    const keyed = key === signal ? '' : ` --key ${JSON.stringify(plainText(key))}`;
    const asked = question === undefined ? '' : `: ${plainText(question)}`;
    return `${plainText(signal)}${keyed}, until ${localText(until)}${asked}`;
  });
  return texts?.join('; ');
}

export function historyLine(entry: Job['history'][number]): string {
  const { at, event, attempt, error, by, times, lastAt } = entry;
  const number = attempt === 0 ? '' : `attempt ${attempt}`;
  const what = event === retried ? 'retried' : `${event.padEnd(11)}  ${number.padEnd(9)}`;
  const often = times && `${times} times${lastAt ? `, last at ${localText(lastAt)}` : ''}`;
  const details = [often, error, answerText(entry), by && `by ${by}`].flatMap((text) =>
    text ? [`  ${plainText(text)}`] : [],
  );
  return `  ${localText(at)}  ${what}${details.join('')}`.trimEnd();
}

/** What was answered, in the words of the page of a link. */
const answerText = ({ signal, key, answer }: Job['history'][number]): string | undefined =>
  signal && [key === signal ? signal : `${signal} ${key}`, answer].filter(Boolean).join(': ');

/** As the API calls the retry that a user has asked for: attempts then begin anew. */
const retried = 'resubmitted';

function finishedText({ startedAt, finishedAt, history }: Job): string | undefined {
  if (finishedAt === null) return undefined;
  const retriedAt = history.findLastIndex(({ event }) => event === retried);
  const isRetried = retriedAt !== -1;
  const start = isRetried
    ? history.slice(retriedAt).find(({ event }) => event === 'started')?.at
    : (startedAt ?? undefined);
  if (start === undefined) return localText(finishedAt);
  const took = durationText(Date.parse(finishedAt) - Date.parse(start));
  return `${localText(finishedAt)}, ${took} after the start${isRetried ? ' of the last run' : ''}`;
}

/** Errors with which the system itself ends a job. They say why. */
const ofTheSystem = ['InterruptedError', 'QueueLimitError', 'DeadLetterError', 'MessageLostError'];

/**
 * Why no attempt follows. The API does not say it, but an error that ends a job before its last attempt is a permanent
 * one.
 */
function whyLast({ status, attempt, maxAttempts, error, history }: Job): string {
  const [before, last] = history.filter(({ event }) => event !== 'signaled').slice(-2);
  if (looks[status].news !== 'error' || before?.event !== 'started' || last?.event !== 'failed') return '';
  if (attempt >= maxAttempts) return ': none is left';
  return ofTheSystem.includes(error?.name ?? '') ? '' : ': none follows, since the error is permanent';
}

function resultText({ id, status, result, resultObject }: Job): string | undefined {
  if (looks[status].news !== 'result') return undefined;
  const object =
    resultObject &&
    `${bytesText(resultObject.bytes)} of ${plainText(resultObject.contentType)}: jobctl result ${id}`;
  if (object) return result === null ? object : `${shortText(jsonText(result), maxResult)}, and ${object}`;
  return shortText(jsonText(result), maxResult);
}

const typeWidth = 16;
const statusWidth = 9;
/** Up to the end of the time, with the spaces between. */
const headWidth = 36 + statusWidth + typeWidth + 19 + 3 * 2;
/** Less than that says nothing. */
const minRest = 30;

/** The names of the columns of `listLine`. */
export function listHeader(colors: Colors, columns?: number): string {
  const isNarrow = isNarrowWith(columns);
  const head = `${'id'.padEnd(36)}  ${'status'.padEnd(statusWidth)}  ${'type'.padEnd(typeWidth)}  created`;
  return colors.dim(isNarrow ? head : `${head.padEnd(headWidth)}  progress, wait or error`);
}

/**
 * @param columns of the terminal, if it is one: what comes last is cut. Where there is no room for it beside the rest,
 * it has a line of its own, and the time is without year and seconds
 */
export function listLine(job: ListedJob, colors: Colors, columns?: number): string {
  const isNarrow = isNarrowWith(columns);
  const created = localText(job.createdAt);
  const time = isNarrow ? created.slice(5, -3) : created;
  const head = `${job.id}  ${statusText(job.status, colors, statusWidth)}  ${plainText(job.type).padEnd(typeWidth)}  ${time}`;
  const rest = looks[job.status].news === 'error' ? errorText(job) : stateText(job);
  if (rest === '') return head;
  if (columns === undefined) return `${head}  ${rest}`;
  return isNarrow
    ? `${head}\n  ${shortText(rest, Math.max(10, columns - 2))}`
    : `${head}  ${shortText(rest, columns - headWidth - 2)}`;
}

const isNarrowWith = (columns: number | undefined): boolean =>
  columns !== undefined && columns < headWidth + minRest;
