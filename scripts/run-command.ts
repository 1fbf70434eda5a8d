import { type Command, CommanderError } from 'commander';
import { endAtClosedPipe } from './end-at-closed-pipe.ts';
import { UsageError } from './usage-error.ts';

const badUsage = 2;

/** Runs a command of one line. What was typed wrong ends it with a message and 2, anything else with 1. */
export async function runCommand(program: Command): Promise<void> {
  endAtClosedPipe();
  try {
    await program.allowExcessArguments(false).exitOverride().parseAsync();
  } catch (error) {
    // Commander has printed its own errors, and ends so after --help too.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : badUsage;
    else {
      console.error(error instanceof UsageError ? error.message : error);
      process.exitCode = error instanceof UsageError ? badUsage : 1;
    }
  }
}
