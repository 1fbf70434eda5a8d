import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as z from 'zod/mini';
import { noted } from '../../local/rights/roles.ts';

type Noted = z.infer<typeof noted>;

/** @returns what all processes of a run of tests noted in the folder, each once, and in order */
export function notesIn(folder: string): readonly Noted[] {
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  const lines = new Set(
    texts
      .join('')
      .split('\n')
      .filter((line) => line !== ''),
  );
  return [...lines].sort().map((line) => noted.parse(JSON.parse(line)));
}

/**
 * A jest reporter that fails a run in which AWS would have refused a call: who made the call may have swallowed the
 * refusal, as a warning. A test that expects one notes it in a folder of its own. A run that a test has started shares the
 * folder of the run, which is new with it: what the inner run was refused fails the outer one, too.
 */
export default class RightsReporter {
  readonly #folder = process.env.LOCAL_RIGHTS_FOLDER ?? '';
  #error: Error | undefined;

  onRunComplete(): void {
    const denied = notesIn(this.#folder).filter(({ kind }) => kind === 'denied');
    if (denied.length === 0) return;
    const lines = denied.map(({ by, action, resource }) => `  ${by} may not ${action} on ${resource}`);
    this.#error = new Error(`AWS would have refused calls that these tests made:\n${lines.join('\n')}`);
    console.error(this.#error.message);
  }

  getLastError(): Error | undefined {
    return this.#error;
  }
}
