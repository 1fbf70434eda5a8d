import { createInterface } from 'node:readline';
import type { Worker } from 'node:worker_threads';
import * as z from 'zod/mini';
import type { AttemptEnded, JobLine } from '../../shared/domain/observe/job-line.ts';
import { commonLogFields } from '../../shared/domain/observe/log-line.ts';
import { type PrometheusNumbers, readMetrics } from '../../shared/domain/observe/prometheus.ts';
import { framesOfUsers } from '../../shared/domain/observe/stack-frames.ts';
import type { JobLines } from './cloudwatch-server.ts';
import type { MetricRing } from './metric-ring.ts';

/** A line that the functions log, as shared/aws/observe/logger.ts writes it. */
const logLine = z.looseObject({
  level: z.string(),
  message: z.string(),
  timestamp: z.string(),
  service: z.string(),
  jobId: z.optional(z.string()),
  type: z.optional(z.string()),
  attempt: z.optional(z.int()),
  error: z.optional(z.looseObject({ name: z.string(), message: z.string(), stack: z.optional(z.string()) })),
});
type LogLine = z.infer<typeof logLine>;

interface Showing {
  /** Where what the functions count is added: since the start, and by time. */
  readonly since: PrometheusNumbers;
  readonly numbers: MetricRing;
  /** Where their lines about jobs are kept. */
  readonly lines: JobLines;
  /** All that they print is shown as it is. */
  readonly isVerbose: boolean;
}

/**
 * Shows what the functions print as lines about jobs: each attempt's start and end, what its handler logs, warnings and
 * errors. What is no log line, such as that of a `console.log`, is shown as it is.
 * @param address of the API
 */
export function showFunctionOutput(address: string, { since, numbers, lines, isVerbose }: Showing): void {
  process.on('worker', ({ stdout, stderr }: Worker) => {
    stdout.unpipe(process.stdout);
    stderr.unpipe(process.stderr);
    for (const input of [stdout, stderr])
      createInterface({ input }).on('line', (line) => {
        const parsed = jsonIn(line);
        lines.add(line, parsed);
        const counted = readMetrics(parsed);
        for (const each of counted ?? []) {
          since.add(each.metric, each.queue, each.value);
          numbers.add(each);
        }
        const text = isVerbose ? terminalText(line) : lineFor(line, address, parsed);
        if (text !== undefined && (isVerbose || !counted)) console.log(text);
      });
  });
}

/**
 * @param parsed the line as JSON, if it is that
 * @returns undefined for a line that tells the author of a job type nothing
 */
export function lineFor(line: string, address: string, parsed = jsonIn(line)): string | undefined {
  const log = logLine.safeParse(parsed);
  const text = log.success ? textFor(log.data, address) : line;
  return text === undefined ? undefined : terminalText(text);
}

/**
 * A text that a terminal does not obey: what a payload or an error says could clear the screen, set the title of the
 * window, or turn the direction of writing. It keeps its lines and tabs, and loses its colours.
 */
export const terminalText = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
  text.replace(/\u001b\[[\d;]*m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '');

function textFor(log: LogLine, address: string): string | undefined {
  const { level, jobId = '', type, attempt, timestamp } = log;
  const time = new Date(timestamp).toTimeString().slice(0, 8);
  const [job, page] = [`${type} ${jobId.slice(0, 8)}`, `${address}/ui/jobs/${jobId}`];
  if (attempt !== undefined && type !== undefined) return `${time} ${job} ${attemptText(log, page)}`;
  if (level !== 'WARN' && level !== 'ERROR') return undefined;
  const text = textOf(log);
  return type !== undefined && jobId !== ''
    ? `${time} ${job} ${text}\n    ${page}`
    : `${time} ${log.service}: ${text}`;
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const started: JobLine['message'] = 'attempt started';
const ended: JobLine['message'] = 'attempt ended';

function attemptText(log: LogLine, page: string): string {
  switch (log.message) {
    case started:
      return log.attempt === 1 ? `started   ${page}` : `started, attempt ${log.attempt}`;
    case 'attempt failed':
      return `failed: ${errorText(log)}`;
    case ended:
      return `${endTexts[String(log.outcome)] ?? log.outcome}${laterText(log)}${log.outcome === 'failed' ? `   ${page}` : ''}`;
    default:
      return textOf(log);
  }
}

const endTexts: Readonly<Partial<Record<string, string>>> = {
  failed: 'has failed for good',
  retrying: 'will be tried again',
  handedOver: 'goes on in another invocation',
  asleep: 'sleeps',
  interrupted: 'begins again elsewhere',
} satisfies Partial<Record<AttemptEnded['outcome'], string>>;

const laterText = ({ notBefore, timestamp, outcome }: LogLine): string =>
  typeof notBefore === 'number' && notBefore > Date.parse(timestamp)
    ? ` ${outcome === 'asleep' ? 'until' : 'at'} ${new Date(notBefore).toTimeString().slice(0, 8)}`
    : '';

/** The message, and the fields of its own. */
function textOf(log: LogLine): string {
  const { level: _level, message, timestamp: _time, service: _service, jobId: _id, ...others } = log;
  const { error: _error, ...fields } = others;
  const own = Object.entries(fields).filter(([name]) => !commonLogFields.includes(name));
  const shown = own.length > 0 ? ` ${JSON.stringify(Object.fromEntries(own))}` : '';
  return `${message}${shown}${log.error ? `: ${errorText(log)}` : ''}`;
}

/** With the part of its stack that is a user's code. */
function errorText({ error }: LogLine): string {
  if (!error) return 'of unknown cause';
  const frames = framesOfUsers(error.stack ?? '');
  return [`${error.name}: ${error.message}`, ...frames].join('\n');
}
