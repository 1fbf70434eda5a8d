import { execFile } from 'node:child_process';
import { join } from 'node:path';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export const run = (dir: string, args: readonly string[]): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: dir }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });

/** Runs `npm run new`. */
export const create = (dir: string, ...args: string[]) => run(dir, ['scripts/new-job-type.ts', ...args]);

/** The files that it says it has written or changed. */
export const changedBy = ({ out }: Ran): readonly string[] =>
  (out.match(/^ {2}\S+\.ts$/gm) ?? []).map((path) => path.trim());

/** Of a copy of the project that has all that a new job type needs, beside what is deployed. */
export const filesOfCopy = ['scripts', 'testkit', 'tests', 'biome.json', '.gitignore', 'jest.config.js'];

export const module = (path: string) => join('node_modules', path);
