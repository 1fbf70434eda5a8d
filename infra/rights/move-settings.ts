import { settingsVariable, typeSettings } from '../../shared/author/settings-file.ts';
import type { Stack } from '../template/resolved-value.ts';
import { environmentOf, type Serverless } from '../template/serverless.ts';
import type { Environment } from '../template/worker-outputs.ts';
import { bytesOfVariables } from './environment-problems.ts';

/** Of the 4,096 bytes that Lambda takes. The rest is for what a stage sets later. */
const roomBytes = 3500;
/** At the root of a zip. */
const file = 'type-settings.json';

/** What is to be in the file of a function, by its name. */
export type MovedSettings = Readonly<Record<string, { readonly file: string; readonly text: string }>>;

/**
 * Takes the variables of job types out of an environment that has no room for them. Their values are known at
 * packaging, so they go into a file of the zip: shared/author/settings-file.ts reads it.
 * @param settings the variables of the types that a function runs, by its name
 */
export function moveSettings(
  service: Serverless['service'],
  settings: Readonly<Record<string, Environment>>,
  stack: Stack,
): MovedSettings {
  const moved = Object.entries(settings).filter(
    ([name, own]) =>
      Object.keys(own).length > 0 && bytesOfVariables(environmentOf(service, name), stack) > roomBytes,
  );
  for (const [name, own] of moved) {
    const config = service.functions[name];
    if (config === undefined) continue;
    const kept = Object.entries(config.environment ?? {}).filter(([key]) => !Object.hasOwn(own, key));
    config.environment = { ...Object.fromEntries(kept), [settingsVariable]: file };
  }
  return Object.fromEntries(
    moved.map(([name, own]) => [name, { file, text: JSON.stringify(typeSettings.parse(own)) }]),
  );
}
