import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import { readAllowedHosts } from '../local/doors/allowed-hosts.ts';
import { LocalAwsError } from '../local/local-aws.ts';
import { ConfigError } from '../shared/domain/base/errors.ts';
import { findEnvironment, watchSystem } from './find-environment.ts';
import { parseServerOptions } from './options.ts';
import { StageNotFoundError } from './stage-outputs.ts';

const projectDir = fileURLToPath(new URL('..', import.meta.url));
const badUsage = 2;

/** Its jobs are gone, or with DATA_DIR they go on where the next one runs. */
function endWithSystem(): void {
  console.error('`npm start` has ended. When it runs again, start the worker again.');
  process.exit(1);
}

try {
  const options = parseServerOptions(process.argv);
  const { stage } = options;
  const found = await findEnvironment({ stage, environment: process.env, projectDir });
  process.env = { ...found.environment };
  // As on Lambda, there is an environment before job types are loaded: their adapters may read it at once.
  const { serve } = await import('./serve.ts');
  const isLocal = found.systemPid !== undefined;
  if (isLocal) watchSystem(found.systemPid, endWithSystem);
  await serve(options, isLocal ? readAllowedHosts(process.env.ALLOWED_HOSTS) : undefined);
  process.exit(0);
} catch (error) {
  // Commander has printed its own errors, and ends so after --help too.
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : badUsage);
  const isKnown =
    error instanceof StageNotFoundError || error instanceof ConfigError || error instanceof LocalAwsError;
  console.error(isKnown ? error.message : error);
  process.exit(isKnown ? badUsage : 1);
}
