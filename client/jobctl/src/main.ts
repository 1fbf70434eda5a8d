import about from '../package.json' with { type: 'json' };
import { endings } from './ending.ts';
import { runJobctl } from './run-jobctl.ts';

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

const { version } = about;
const { argv, env, stdin, stdout, stderr } = process;
const { signal } = interruption;
process.exitCode = await runJobctl(argv.slice(2), {
  version,
  env,
  stdin,
  stdout,
  stderr,
  signal,
  interrupt,
  now: Date.now,
});
