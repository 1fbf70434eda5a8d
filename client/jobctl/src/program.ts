import { Command } from 'commander';
import { refuseRepeats } from './arguments/refuse-repeats.ts';
import { addAction } from './commands/act.ts';
import { addSystemOptions } from './commands/add-command.ts';
import { addChildren } from './commands/children.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEndLink } from './commands/end-link.ts';
import { addErrors } from './commands/errors.ts';
import { addStatus, addWait, addWatch } from './commands/follow.ts';
import { addHelp } from './commands/help.ts';
import { addKeys } from './commands/keys.ts';
import { addList } from './commands/list.ts';
import { addLogs } from './commands/logs.ts';
import { addOperations } from './commands/operations.ts';
import { addPauses } from './commands/pauses.ts';
import { addProfiles } from './commands/profiles.ts';
import { addQueues } from './commands/queues.ts';
import { addReplay } from './commands/replay.ts';
import { addResult } from './commands/result.ts';
import { addSchedules } from './commands/schedules.ts';
import { addSignal } from './commands/signal.ts';
import { addStuck } from './commands/stuck.ts';
import { addSubmit } from './commands/submit.ts';
import { addTypes } from './commands/types.ts';
import { addUpload } from './commands/upload.ts';
import { endings } from './ending.ts';
import type { Runs } from './system/run-command.ts';
import type { Surroundings } from './system/session.ts';
import type { Sink } from './terminal/output.ts';

const codes = Object.values(endings).map(({ code, meaning }) => `  ${String(code).padEnd(4)} ${meaning}`);

const more = `
Which system, the first of:
  --url, --profile       typed; for profiles see: jobctl profiles --help
  JOB_URL, JOB_KEY       address of the API; API key, if the system asks for one
  JOB_PROFILE            name of a profile
  the default profile    set by: jobctl profiles use NAME
  the local system       that of \`npm start\`: http://127.0.0.1:3000, or at PORT
A profile's key is for the profile's address alone, and JOB_KEY for JOB_URL, or
without that for this machine. \`jobctl doctor\` shows which ones are used.

Examples:
  $ jobctl submit countdown --payload '{"seconds": 5}' --wait
  $ jobctl list --status failed --since yesterday
  $ jobctl COMMAND --help                      each command has examples

Exit codes:
${codes.join('\n')}`;

const defaultWidth = 80;

/** The command line. */
export function buildProgram(
  { run, runHere }: Runs,
  { version, stdout, stderr }: Pick<Surroundings, 'version' | 'stdout' | 'stderr'>,
): Command {
  const program = new Command('jobctl')
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => widthOf(stdout),
      getErrHelpWidth: () => widthOf(stderr),
    })
    .description('Submit jobs, follow them, and find out why one failed.')
    .version(version)
    .option('--json', 'print JSON, for programs')
    .showHelpAfterError('(add --help for examples)')
    .addHelpText('after', more)
    .exitOverride();
  addSystemOptions(program);
  addSubmit(program, run);
  addStatus(program, run);
  addWait(program, run);
  addWatch(program, run);
  addResult(program, run);
  addLogs(program, run);
  addList(program, run);
  addErrors(program, run);
  for (const action of ['cancel', 'retry', 'erase'] as const) addAction(program, run, action);
  addSignal(program, run);
  addEndLink(program, run);
  addChildren(program, run);
  addReplay(program, run);
  addTypes(program, run);
  addUpload(program, run);
  addProfiles(program, runHere);
  addDoctor(program, { run, runHere });
  addHelp(program);
  program.commandsGroup('For operators:');
  addQueues(program, run);
  addOperations(program, run);
  addStuck(program, run);
  addPauses(program, run);
  addSchedules(program, run);
  addKeys(program, runHere);
  refuseRepeats(program);
  return program;
}

const widthOf = ({ isTTY, columns = defaultWidth }: Sink): number => (isTTY ? columns : defaultWidth);
