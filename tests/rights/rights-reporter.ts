import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as z from 'zod/mini';
import { noted } from '../../local/rights/roles.ts';
import { type UnusedRight, unusedRights } from './unused-rights.ts';

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

/** One ordered queue stands for all: a tenant has one of them, by a hash. */
const pairOf = ({ action, resource }: Noted): string =>
  `${action} on ${resource.replace(/(?<=OrderedQueue)\d$/, '')}`;

/**
 * @returns pairs of an action and a resource that some role was granted, that no call used, and that no list explains. A right
 * that one function has used is right for all: they have it from the same capability.
 */
export function unseenRights(
  notes: readonly Noted[],
  explained: readonly UnusedRight[] = unusedRights,
): readonly string[] {
  const used = new Set(notes.flatMap((one) => (one.kind === 'used' ? [pairOf(one)] : [])));
  const isExplained = ({ action, resource }: Noted): boolean =>
    explained.some((one) => one.actions.includes(action) && one.resource.test(resource));
  const unseen = notes.filter((one) => one.kind === 'granted' && !used.has(pairOf(one)) && !isExplained(one));
  return [...new Set(unseen.map(pairOf))];
}

interface Config {
  readonly testNamePattern?: string;
  readonly testPathPatterns: { isSet(): boolean };
}

/**
 * A jest reporter that fails a run in which AWS would have refused a call: who made the call may have swallowed the
 * refusal, as a warning. A test that expects one notes it in a folder of its own. A run that a test has started shares the
 * folder of the run, which is new with it: what the inner run was refused fails the outer one, too.
 *
 * A run of all tests also says which rights nobody has seen work. It does not fail for them: some are used by races alone, or
 * with a tool that the machine may lack.
 */
export default class RightsReporter {
  readonly #folder = process.env.LOCAL_RIGHTS_FOLDER ?? '';
  readonly #isPart: boolean;
  readonly #projects: number;
  #error: Error | undefined;

  constructor(
    { testNamePattern = '', testPathPatterns }: Config,
    { projects }: { readonly projects: number },
  ) {
    this.#isPart = testNamePattern !== '' || testPathPatterns.isSet();
    this.#projects = projects;
  }

  onRunComplete(contexts: ReadonlySet<unknown>): void {
    const notes = notesIn(this.#folder);
    if (!this.#isPart && contexts.size === this.#projects) this.#tellUnseen(unseenRights(notes));
    const denied = notes.filter(({ kind }) => kind === 'denied');
    if (denied.length === 0) return;
    const lines = denied.map(({ by, action, resource }) => `  ${by} may not ${action} on ${resource}`);
    this.#error = new Error(`AWS would have refused calls that these tests made:\n${lines.join('\n')}`);
    console.error(this.#error.message);
  }

  #tellUnseen(rights: readonly string[]): void {
    if (rights.length === 0) return;
    const lines = rights.map((right) => `  ${right}`).join('\n');
    console.warn(`RIGHTS that no test used, and tests/rights/unused-rights.ts does not explain:\n${lines}`);
  }

  getLastError(): Error | undefined {
    return this.#error;
  }
}
