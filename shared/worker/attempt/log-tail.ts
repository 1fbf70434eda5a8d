import type { ContractQueue } from '../../author/contract.ts';
import { describeError } from '../../domain/base/errors.ts';
import type { Clock, Fields, Log } from '../../domain/base/ports.ts';
import {
  maxLogLine,
  maxLogTail,
  maxLogTailElse,
  maxLogTailOfFailure,
} from '../../domain/state/job/item-budget.ts';
import { lastLines } from '../../domain/state/stored/log-tail.ts';
import type { Ending } from '../hold/error-policy.ts';

/** Of each text in a line. A stack of an error shows where the error was thrown with its first frames. */
const maxText = 700;

/** The last lines of an attempt, as JSON lines: the item has room for few. */
export class LogTail {
  readonly #attempt: number;
  readonly #clock: Pick<Clock, 'now'>;
  #text = '';

  constructor(attempt: number, clock: Pick<Clock, 'now'>) {
    this.#attempt = attempt;
    this.#clock = clock;
  }

  get text(): string {
    return this.#text;
  }

  /** The same log, of whose lines the last ones are kept. What it says at the level `debug` is not. */
  from(log: Log): Log {
    const at =
      (level: keyof Log) =>
      (message: string, fields?: Fields): void => {
        log[level](message, fields);
        this.#add(level, message, fields);
      };
    return { debug: log.debug, info: at('info'), warn: at('warn'), error: at('error') };
  }

  #add(level: keyof Log, message: string, fields?: Fields): void {
    const common = { level, time: this.#clock.now(), attempt: this.#attempt, message };
    const whole = toLine({ ...common, fields });
    const fits = whole !== undefined && Buffer.byteLength(whole) <= maxLogLine;
    const line = fits ? whole : toLine({ ...common, cut: true });
    if (line) this.#text = lastLines(this.#text ? `${this.#text}\n${line}` : line, maxLogTail);
  }
}

/** @returns undefined for what JSON does not have, or whose getters throw */
function toLine(line: object): string | undefined {
  try {
    return JSON.stringify(line, (_key, value: unknown) => {
      if (typeof value === 'string') return value.slice(0, maxText);
      if (typeof value === 'bigint') return String(value);
      return value instanceof Error ? { ...describeError(value), stack: value.stack } : value;
    });
  } catch {
    return undefined;
  }
}

/** What is left of the lines once the attempt has ended. */
export function tailAfter(ending: Ending, text: string, queue?: ContractQueue): string | undefined {
  if (ending.kind === 'failed' || ending.kind === 'retrying')
    return lastLines(text, maxLogTailOfFailure) || undefined;
  if (ending.kind === 'succeeded' && queue === 'standard') return undefined;
  return lastLines(text, maxLogTailElse) || undefined;
}
