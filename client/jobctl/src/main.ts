import { CommanderError } from 'commander';
import about from '../package.json' with { type: 'json' };
import { type Ending, endings } from './ending.ts';
import { buildProgram } from './program.ts';
import { runners } from './run-command.ts';

const interruption = new AbortController();

/** The first Ctrl-C ends what is being done in order, the second one at once. */
function interrupt(): void {
  if (interruption.signal.aborted) process.exit(endings.interrupted.code);
  interruption.abort();
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);

// Who reads the output may have seen enough, such as `head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(endings.ok.code);
});

const end = (ending: Ending): void => {
  process.exitCode = endings[ending].code;
};

const { version } = about;
const { env, stdin, stdout, stderr } = process;
const { signal } = interruption;
const runs = runners({ version, env, stdin, stdout, stderr, signal, interrupt, now: Date.now }, end);

try {
  await buildProgram(runs, version).parseAsync();
} catch (error) {
  // Commander has printed its own errors. It ends so after --help and --version, too.
  if (!(error instanceof CommanderError)) throw error;
  end(error.exitCode === 0 ? 'ok' : 'usage');
}
