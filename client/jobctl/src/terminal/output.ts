import picocolors from 'picocolors';
import { colouredText, jsonText, plainText } from './plain-text.ts';

/** A stream that may be a terminal. */
export interface Sink extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;
export type Colors = ReturnType<typeof picocolors.createColors>;

/** What a command prints: its answer to the standard output, all else to the standard error. */
export interface Output {
  /** `--json`: for programs. */
  readonly isJson: boolean;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Of the standard output. */
  readonly colors: Colors;
  /** One line of the answer, for people. A server may send a text in place of a number: no terminal obeys it. */
  line(text: string): void;
  /** The answer of `--json`. */
  document(value: unknown): void;
  /** A part of an answer of `--json` that comes piece by piece. */
  jsonLine(value: unknown): void;
  /** Something for a person at a terminal, beside the answer: what to do next. */
  hint(text: string): void;
  /** What went wrong, or needs attention. */
  warn(text: string): void;
}

/** picocolors itself would colour what is piped, if the environment has CI. */
export const hasColors = (sink: Sink, { NO_COLOR, TERM }: Environment): boolean =>
  sink.isTTY === true && !NO_COLOR && TERM !== 'dumb';

export function openOutput(
  isJson: boolean,
  { stdout, stderr, env }: { readonly stdout: Sink; readonly stderr: Sink; readonly env: Environment },
): Output {
  const dim = picocolors.createColors(hasColors(stderr, env)).dim;
  return {
    isJson,
    stdout,
    stderr,
    colors: picocolors.createColors(hasColors(stdout, env)),
    line: (text) => stdout.write(`${colouredText(text)}\n`),
    document: (value) => stdout.write(`${jsonText(value, 2)}\n`),
    jsonLine: (value) => stdout.write(`${jsonText(value)}\n`),
    hint(text) {
      if (stderr.isTTY && !isJson) stderr.write(`${dim(plainText(text))}\n`);
    },
    warn: (text) => stderr.write(`${text.split('\n').map(plainLine).join('\n')}\n`),
  };
}

/** Keeps the indentation. */
const plainLine = (line: string): string => `${/^ */.exec(line)?.[0] ?? ''}${plainText(line)}`;
