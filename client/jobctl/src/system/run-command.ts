import { inspect } from 'node:util';
import type { Command } from 'commander';
import { CommandError, type Ending } from '../ending.ts';
import { openOutput } from '../terminal/output.ts';
import { describeFailure, nowhere } from './describe-failure.ts';
import {
  type CommonOptions,
  openSession,
  type Session,
  type Surroundings,
  type Terminal,
} from './session.ts';

type RunWith<View> = <Options extends object>(
  command: Command,
  work: (view: View, options: Options & CommonOptions) => Promise<Ending>,
) => Promise<void>;

/** Runs what a command does, with the options that were typed. */
export type Run = RunWith<Session>;

/** The same for a command that talks to no system: it runs also where none is set right. */
export type RunHere = RunWith<Terminal>;

export interface Runs {
  readonly run: Run;
  readonly runHere: RunHere;
}

/** @param end is told how a command has ended. An error has been printed by then. */
export function runners(surroundings: Surroundings, end: (ending: Ending) => void): Runs {
  const reported = async (work: () => Promise<Ending>, place: () => Session['place']): Promise<void> => {
    try {
      end(await work());
    } catch (error) {
      const { ending, text } = failureOf(error, place(), surroundings.signal);
      openOutput(false, surroundings).warn(`jobctl: ${text}`);
      if (surroundings.env.JOBCTL_DEBUG === '1') surroundings.stderr.write(`${inspect(error)}\n`);
      end(ending);
    }
  };
  return {
    async run(command, work) {
      let session: Session | undefined;
      await reported(
        () => {
          const options = optionsOf<Parameters<typeof work>[1]>(command);
          session = openSession(options, surroundings);
          return work(session, options);
        },
        () => session?.place ?? nowhere,
      );
    },
    async runHere(command, work) {
      const options = optionsOf<Parameters<typeof work>[1]>(command);
      const terminal = { ...surroundings, output: openOutput(options.json === true, surroundings) };
      await reported(
        () => work(terminal, options),
        () => nowhere,
      );
    },
  };
}

const optionsOf = <Options extends object>(command: Command): Options => command.optsWithGlobals<Options>();

/** After Ctrl-C, whatever fails fails because of it. */
function failureOf(error: unknown, place: Session['place'], signal: AbortSignal) {
  if (signal.aborted && !(error instanceof CommandError))
    return { ending: 'interrupted' as const, text: 'interrupted.' };
  return describeFailure(error, place);
}
