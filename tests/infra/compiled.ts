import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod/mini';

export interface Compilation {
  /** The folders to compile, with the options of the whole project. */
  readonly include: readonly string[];
  /** The project as it is, or with one text replaced. */
  readonly versions: readonly (Edit | 'as it is')[];
}

interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const printed = z.array(z.string());

/**
 * Compiles in a process of its own: in Jest's module sandbox the compiler takes three times as long.
 * @returns the errors of each version, the first line of each
 */
export async function errorsOf(compilation: Compilation): Promise<readonly (readonly string[])[]> {
  const args = [join(import.meta.dirname, 'compile.ts'), JSON.stringify(compilation)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 24 });
  return printed.parse(JSON.parse(stdout)).map((text) => text.split('\n').filter((line) => /^\S/.test(line)));
}
