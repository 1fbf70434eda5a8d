import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod/mini';

/** The project as it is, or with other files, compiled with the options of the whole project. */
export interface Version {
  /** The folders to compile, with what they import. */
  readonly include: readonly string[];
  /** Files that are new or have another text, by their path. */
  readonly files?: Readonly<Record<string, string>>;
}

const printed = z.array(z.string());

/**
 * Compiles in a process of its own: in Jest's module sandbox the compiler takes three times as long. Versions share what
 * they have in common.
 * @returns the errors of each version, the first line of each
 */
export async function errorsOf(versions: readonly Version[]): Promise<readonly (readonly string[])[]> {
  const compiling = promisify(execFile)(process.execPath, [join(import.meta.dirname, 'compile.ts')], {
    maxBuffer: 2 ** 24,
  });
  compiling.child.stdin?.end(JSON.stringify(versions));
  const { stdout } = await compiling;
  return printed.parse(JSON.parse(stdout)).map((text) => text.split('\n').filter((line) => /^\S/.test(line)));
}
