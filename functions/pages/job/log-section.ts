import {
  type LineFilter,
  type LogLine,
  lineIsIn,
  logLevels,
} from '../../../shared/domain/observe/log-line.ts';
import { foreign, type Html, html } from '../html/html.ts';
import { cut } from '../html/words.ts';

/** A page has a size. */
const maxBytes = 12_000;
const maxMessage = 700;
const maxFields = 1_000;

/** What the lines of a job are asked for by, and where. */
export interface LineChoice {
  /** Of the page with the lines. */
  readonly address: string;
  /** What stays in the address. */
  readonly query?: Readonly<Record<string, string>>;
  readonly filter: LineFilter;
  /** The last one of the job. Absent: the page has lines of one attempt only. */
  readonly attempts?: number;
}

interface LogView {
  readonly id: string;
  /** The newest first. */
  readonly lines: readonly LogLine[];
  readonly filter: LineFilter;
  readonly hasStarted: boolean;
}

/** The lines that are stored with the job. */
export function logSection({ id, lines: stored, filter, hasStarted }: LogView): Html | false {
  if (!hasStarted) return false;
  const lines = stored.filter(lineIsIn(filter));
  const shown = linesThatFit(lines, maxBytes);
  return html`<section aria-labelledby="log"><h2 id="log">What it has logged</h2>
${stored.length > 0 && lineChoice({ address: `/ui/jobs/${id}`, filter })}
${logLines(lines.slice(0, shown))}
${lines.length === 0 && html`<p class="faint">${stored.length === 0 ? 'No lines are stored with the job.' : 'No stored line is like that.'}</p>`}
<p><a href="/ui/jobs/${id}/logs">All lines</a> <span class="faint">are searched in the logs, which takes some seconds.</span></p>
</section>`;
}

const linesThatFit = (lines: readonly LogLine[], max: number): number => {
  let bytes = 0;
  const tooMany = lines.findIndex((line) => {
    bytes += Buffer.byteLength(oneLine(line).text);
    return bytes > max;
  });
  return tooMany < 0 ? lines.length : tooMany;
};

/** A filter as it stands in an address. */
export const filterQuery = ({ attempt, level }: LineFilter): Readonly<Record<string, string>> => ({
  ...(attempt === undefined ? {} : { attempt: String(attempt) }),
  ...(level === undefined ? {} : { level }),
});

const maxAttemptsShown = 20;

/** Links, not a form: while a job runs, the page swaps what is here, and would undo what is half chosen. */
export function lineChoice({ address, query, filter, attempts = 1 }: LineChoice): Html {
  const link = (text: string, over: LineFilter, isChosen: boolean) => {
    const search = new URLSearchParams({ ...query, ...filterQuery({ ...filter, ...over }) }).toString();
    return html`<a href="${address}${search && `?${search}`}"${isChosen && html` aria-current="true"`}>${text}</a> `;
  };
  const last = Array.from({ length: attempts }, (_, at) => at + 1).slice(-maxAttemptsShown);
  return html`<nav class="links" aria-label="Level of the lines">${link('All levels', { level: undefined }, filter.level === undefined)}${logLevels.slice(1).map((level) => link(level === 'error' ? 'ERROR' : `${level.toUpperCase()} and above`, { level }, filter.level === level))}</nav>
${attempts > 1 && html`<nav class="links" aria-label="Attempt of the lines">${link('All attempts', { attempt: undefined }, filter.attempt === undefined)}${last.map((attempt) => link(`Attempt ${attempt}`, { attempt }, filter.attempt === attempt))}</nav>`}`;
}

/** By attempt, as they come. Each level is a word: nobody needs its colour. */
export function logLines(lines: readonly LogLine[]): Html {
  const attempts = [...Map.groupBy(lines, ({ attempt }) => attempt)];
  return html`${attempts.map(
    ([attempt, some]) =>
      html`<h3>Attempt ${attempt}, the newest first</h3><ol class="log">${some.map(oneLine)}</ol>`,
  )}`;
}

function oneLine({ level, time, message, fields, cut: isCut }: LogLine): Html {
  const { stack, rest } = splitStack(fields);
  const iso = new Date(time).toISOString();
  return html`<li class="${level}"><span class="at">${iso.slice(11, 23)}</span> <strong>${level.toUpperCase()}</strong> ${foreign(cut(message, maxMessage))}
${rest !== undefined && html` <code>${foreign(cut(rest, maxFields))}</code>`}${isCut && html` <span class="faint">cut</span>`}
${stack !== undefined && html`<pre class="scroll" tabindex="0" aria-label="Where the error was thrown">${cut(stack, maxFields)}</pre>`}</li>`;
}

/** A stack is read line by line. */
function splitStack(fields: LogLine['fields'] = {}): { readonly stack?: string; readonly rest?: string } {
  const { error, ...others } = fields;
  const isError = typeof error === 'object' && error !== null;
  const stack = isError && 'stack' in error && typeof error.stack === 'string' ? error.stack : undefined;
  const rest = stack === undefined ? fields : others;
  return {
    ...(stack === undefined ? {} : { stack }),
    ...(Object.keys(rest).length === 0 ? {} : { rest: JSON.stringify(rest) }),
  };
}
