import { CommanderError } from 'commander';
import { type Ending, endings } from './ending.ts';
import { buildProgram } from './program.ts';
import { runners } from './system/run-command.ts';
import type { Surroundings } from './system/session.ts';

/**
 * Runs a command line to its end. It reads and writes nothing of the process but what the surroundings give.
 * @param args without the program's name
 * @returns the exit code
 */
export async function runJobctl(args: readonly string[], surroundings: Surroundings): Promise<number> {
  let ended: Ending = 'ok';
  const runs = runners(surroundings, (ending) => {
    ended = ending;
  });
  try {
    await buildProgram(runs, surroundings).parseAsync(args, { from: 'user' });
  } catch (error) {
    // Commander has printed its own errors. It ends so after --help and --version, too.
    if (!(error instanceof CommanderError)) throw error;
    ended = error.exitCode === 0 ? 'ok' : 'usage';
  }
  return endings[ended].code;
}
