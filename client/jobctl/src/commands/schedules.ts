import type { Command } from 'commander';
import { CommandError, type Ending } from '../ending.ts';
import { ProblemError } from '../library.ts';
import type { Run } from '../system/run-command.ts';
import type { Session } from '../system/session.ts';
import { plainText } from '../terminal/plain-text.ts';
import { describeSchedule, nextRunOf } from '../terminal/schedule-text.ts';
import { addCommand, addSystemOptions } from './add-command.ts';
import { refuseUnknownBelow } from './unknown-command.ts';

/** They need the right `operate`. */
export function addSchedules(program: Command, run: Run): void {
  const schedules = program
    .command('schedules')
    .description('list the recurring schedules; run, pause or resume one')
    .addHelpText(
      'after',
      [
        '\nExamples:\n  $ jobctl schedules\n  $ jobctl schedules run nightly\n  $ jobctl schedules pause nightly',
        '\nIt needs a key with the right operate. They are written in',
        'job-types/schedules.ts of the repository, where `npm run schedules`',
        'shows when each would come.',
      ].join('\n'),
    );
  const list = addCommand(schedules, 'list', {
    description: 'list them, with their next runs and their last jobs (the default)',
    examples: [
      'jobctl schedules list',
      'jobctl schedules list --json | jq -r ".[] | select(.paused) | .name"',
    ],
    more: 'Times are by the clocks of the zone that a schedule has.',
  });
  // `schedules` alone is `schedules list`.
  for (const command of [list, schedules])
    command.action((...received: unknown[]) =>
      run(received.at(-1) as Command, async ({ client, output, signal }) => {
        const found = await client.schedules({ signal });
        if (output.isJson) output.document(found);
        else if (found.length > 0)
          output.line(found.map((each) => describeSchedule(each, output.colors)).join('\n\n'));
        if (found.length === 0) output.hint('There are no schedules.');
        return 'ok';
      }),
    );
  addSystemOptions(schedules.option('--json', 'print JSON, for programs'));
  addRun(schedules, run);
  for (const verb of ['pause', 'resume'] as const) addChange(schedules, run, verb);
  refuseUnknownBelow(schedules);
}

const addRun = (schedules: Command, run: Run): Command =>
  addCommand(schedules, 'run <schedule>', {
    description: 'submit a job of it now, and print its id',
    examples: [
      'jobctl schedules run nightly',
      'jobctl wait "$(jobctl schedules run nightly)"',
      'jobctl schedules run nightly --json | jq -r .pageUrl',
    ],
    more: "The job belongs to the schedule's tenant. With a key of another one, you can\nlook at its page alone, if the key has the right read.",
  }).action((name: string, _options: unknown, command: Command) =>
    run(command, async (session) => {
      const { client, output, signal } = session;
      const job = await client.runSchedule(name, { signal }).catch(withNames(name, session));
      if (output.isJson) output.document(job);
      else output.line(job.id);
      if (job.pageUrl !== undefined) output.hint(`Its page: ${job.pageUrl}`);
      return 'ok';
    }),
  );

const addChange = (schedules: Command, run: Run, verb: 'pause' | 'resume'): Command =>
  addCommand(schedules, `${verb} <schedule>`, {
    description: verb === 'pause' ? 'make no jobs of it until it is resumed' : 'make jobs of it again',
    examples: [`jobctl schedules ${verb} nightly`, `jobctl schedules ${verb} nightly --json | jq .nextRuns`],
  }).action((name: string, _options: unknown, command: Command) =>
    run(command, (session) => change(verb, name, session)),
  );

async function change(verb: 'pause' | 'resume', name: string, session: Session): Promise<Ending> {
  const { client, output, signal } = session;
  const call = verb === 'pause' ? client.pauseSchedule : client.resumeSchedule;
  const schedule = await call(name, { signal }).catch(withNames(name, session));
  if (output.isJson) output.document(schedule);
  else
    output.line(
      verb === 'pause'
        ? `${plainText(name)} is paused: what comes until it is resumed makes no jobs.`
        : `${plainText(name)} is resumed. It comes next: ${nextRunOf(schedule)}.`,
    );
  return 'ok';
}

/** Says which names there are, if this one is wrong. */
const withNames =
  (name: string, { client, signal, url }: Session) =>
  async (error: unknown): Promise<never> => {
    if (!(error instanceof ProblemError && error.type.endsWith('/not-found'))) throw error;
    const names = (await client.schedules({ signal })).map((schedule) => schedule.name);
    const which = names.length === 0 ? 'It has none.' : `There are: ${names.join(', ')}.`;
    throw new CommandError('notFound', `${url} has no schedule ${name}. ${which}`);
  };
