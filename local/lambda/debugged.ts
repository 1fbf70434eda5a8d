import { readFile } from 'node:fs/promises';
import { url as addressOfInspector } from 'node:inspector';
import type { Plugin } from 'esbuild';

/*
 * While a debugger may stop a handler (`npm start -- --inspect`), no time ends what it looks at. A thread that stands
 * still has no heartbeat and no timers, but the clock goes on.
 */

export const isDebugged = (): boolean => addressOfInspector() !== undefined;

/** Another invocation would take the job over. */
export const debuggedLeaseSeconds = 3_600;
/** An attempt: its contract has less. */
const debuggedAttemptSeconds = 3_600;
/** An invocation: a job starts only where all of its attempt has time, also as the last one of a batch. */
export const debuggedInvocationSeconds = 2 * debuggedAttemptSeconds;

/** Gives all contracts of a catalog more time. They stay the same objects: jobs name the types of others by them. */
export const longAttempts: Plugin = {
  name: 'long-attempts',
  setup: ({ onLoad }) =>
    onLoad(
      { filter: /[\\/]job-types[\\/]contracts\.ts$|[\\/]examples[\\/]contracts\.ts$/ },
      async ({ path }) => ({
        contents: `${await readFile(path, 'utf8')}
for (const each of Object.values(contracts)) Object.assign(each, { timeoutSeconds: ${debuggedAttemptSeconds} });\n`,
        loader: 'ts',
      }),
    ),
};
