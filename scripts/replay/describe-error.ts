import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeError } from '../../shared/domain/base/errors.ts';

const maxCauses = 5;

/** Frames of what runs a handler, and not of the handler. */
const notTheirs = /\bnode:|\/(scripts\/replay|shared\/worker)\/|\/scripts\/replay-job\.ts/;

/**
 * An error with its causes, and with the frames of the developer's own code: files as seen from the clone's folder.
 * @param root of the clone
 */
export function describeThrown(error: Error, root: string, depth = 0): string {
  const { name, message } = describeError(error);
  const { cause } = error;
  const inner =
    cause instanceof Error && depth < maxCauses
      ? [`caused by ${describeThrown(cause, root, depth + 1)}`]
      : [];
  return [`${name}: ${message}`, ...framesOf(error, root), ...inner].join('\n');
}

function framesOf({ stack }: Error, root: string): readonly string[] {
  const frames = String(stack)
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !notTheirs.test(line));
  return frames.map((line) =>
    line.replace(/file:\/\/[^\s)]+?(?=:\d+:\d+)/, (url) => relative(root, fileURLToPath(url))),
  );
}
