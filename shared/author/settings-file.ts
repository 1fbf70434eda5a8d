import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';

/**
 * Lambda takes 4 KB of variables. Those of job types that find no room among them are in a file of the zip, which this
 * variable names (infra/rights/move-settings.ts). They join the environment before the code of a job type is loaded: a handler
 * of a function that runs job types imports this first.
 */
export const settingsVariable = 'SETTINGS_FILE';

/** What is in the file, by variable. */
export const typeSettings = z.catchall(z.object({}), z.string());

const name = process.env[settingsVariable];
// Two folders above the bundle of a function, as above this file, is the root.
if (name !== undefined) {
  const text = readFileSync(join(import.meta.dirname, '../..', name), 'utf8');
  Object.assign(process.env, typeSettings.parse(JSON.parse(text)));
}
