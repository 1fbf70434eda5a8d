import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { askQueue } from './new/ask-queue.ts';
import { checkTypeName, type NewType } from './new/check-type-name.ts';
import { describeNextSteps } from './new/describe-next-steps.ts';
import { writeJobType } from './new/write-job-type.ts';
import { runCommand } from './run-command.ts';
import { UsageError } from './usage-error.ts';

const projectDir = fileURLToPath(new URL('..', import.meta.url));

const program = new Command('npm run new --')
  .description('Writes a job type that runs, with its test, and adds it to the catalogs.')
  // Commander takes the name as optional, so that a missing one is refused in our words.
  .argument('[type]', 'its name in the API, such as word-count')
  .option('--standard', 'for jobs of seconds: what it is where nobody can be asked', false)
  .option('--long', 'for jobs of minutes or hours: the long queue, with a checkpoint', false)
  .option('--server', 'for jobs that no function can run: the server queue (docs/servers.md)', false)
  .action(async (name: string | undefined, options: QueueOptions) => {
    const type: NewType = { ...checkTypeName(name), queue: queueOf(options) ?? (await queueAsked()) };
    const files = await writeJobType(projectDir, type);
    await format(files);
    console.log(describeNextSteps(type, files));
  });

interface QueueOptions {
  readonly standard: boolean;
  readonly long: boolean;
  readonly server: boolean;
}

/** A script, whose terminal nobody sees, has the usual one. */
const queueAsked = async (): Promise<NewType['queue']> =>
  process.stdin.isTTY && process.stdout.isTTY
    ? askQueue({ input: process.stdin, output: process.stdout })
    : 'standard';

/** @returns undefined if no option says it */
function queueOf(options: QueueOptions): NewType['queue'] | undefined {
  const names = ['standard', 'long', 'server'] as const;
  for (const name of names)
    if (!options[name] && process.env[`npm_config_${name}`] === 'true')
      throw new UsageError(`npm has taken --${name} for itself. Write: npm run new -- <type> --${name}`);
  const chosen = names.filter((name) => options[name]);
  if (chosen.length > 1)
    throw new UsageError(`A type runs from one queue: ${chosen.map((name) => `--${name}`).join(' or ')}.`);
  return chosen[0];
}

/** Sorts imports too. Files that cannot be formatted are good all the same. */
async function format(files: readonly string[]): Promise<void> {
  const biome = join(projectDir, 'node_modules/@biomejs/biome/bin/biome');
  try {
    await promisify(execFile)(process.execPath, [biome, 'check', '--write', ...files], { cwd: projectDir });
  } catch (error) {
    const { stderr = String(error) } = error as { stderr?: string };
    console.error(`The files were written, but biome is not content with them:\n${stderr}`);
    process.exitCode = 1;
  }
}

await runCommand(program);
