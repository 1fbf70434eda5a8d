import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const kit = fileURLToPath(new URL('.', import.meta.url));

/** The command that runs the test from which this was called, by its file. */
export function testCommand(): string {
  const frames = (new Error().stack ?? '').split('\n').slice(1);
  const place = frames
    // A runner may load a file by a URL with a query.
    .map((line) => /\(?(?:file:\/\/)?(\/[^()]*?)(?:\?\d+)?:\d+:\d+\)?$/.exec(line)?.[1])
    .find((file) => file !== undefined && !file.startsWith(kit) && !file.includes('/node_modules/'));
  const file = place === undefined ? '' : relative(process.cwd(), place);
  const isJest = process.env.JEST_WORKER_ID !== undefined;
  return `${isJest ? 'npm run jest --' : 'node --test'} ${file}`.trimEnd();
}
