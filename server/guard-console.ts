import { Console } from 'node:console';
import { Writable } from 'node:stream';
import type { Log } from '../shared/domain/base/ports.ts';
import { attemptFieldNames, droppedText, metricsName } from '../shared/domain/observe/log-job-line.ts';

const reserved = [metricsName, ...attemptFieldNames];

type Output = NodeJS.WritableStream & { readonly isTTY?: boolean };

interface Printing {
  readonly log: Pick<Log, 'warn'>;
  readonly console?: Console;
  readonly output?: { readonly stdout: Output; readonly stderr: Output };
}

/**
 * Takes out of what handlers and libraries print with `console` what only our lines may have. Lambda puts such a line
 * into a text of its own. ECS hands the line on as it is: as JSON, CloudWatch would make metrics of it, and it would be
 * found with the lines of any job.
 */
export function guardConsole({
  log,
  console: guarded = globalThis.console,
  output: { stdout, stderr } = process,
}: Printing): void {
  const warned = new Set<string>();
  const onDropped = (name: string): void => {
    if (warned.has(name)) return;
    warned.add(name);
    log.warn(droppedText(name));
  };
  const checked = (stream: Output): Writable =>
    new Writable({
      decodeStrings: false,
      write(text: string, _encoding, done) {
        stream.write(
          text
            .split('\n')
            .map((line) => withoutOurs(line, onDropped))
            .join('\n'),
        );
        // At once: what waits here would be lost with the process.
        done();
      },
    });
  const colorMode = stdout.isTTY === true;
  // The same object: code that has it already prints by it.
  Object.assign(guarded, new Console({ stdout: checked(stdout), stderr: checked(stderr), colorMode }));
}

/** A line as it is, unless it is a JSON object with such a name. */
function withoutOurs(line: string, onDropped: (name: string) => void): string {
  if (!line.trimStart().startsWith('{')) return line;
  const fields = objectIn(line);
  const dropped = fields ? reserved.filter((name) => Object.hasOwn(fields, name)) : [];
  if (!fields || dropped.length === 0) return line;
  for (const name of dropped) onDropped(name);
  return JSON.stringify(
    Object.fromEntries(Object.entries(fields).filter(([name]) => !dropped.includes(name))),
  );
}

function objectIn(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
