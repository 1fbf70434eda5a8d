import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The oldest Node.js that the client promises to run on: `NODE_20`, or the one of this machine, if it is one. */
export function findNode20(): string | undefined {
  const folders = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'));
  const candidates = [process.env.NODE_20, ...folders.map((folder) => join(folder, 'node'))];
  return candidates.find((path) => path && existsSync(path) && versionOf(path).startsWith('v20.'));
}

const versionOf = (node: string): string => execFileSync(node, ['--version'], { encoding: 'utf8' });
