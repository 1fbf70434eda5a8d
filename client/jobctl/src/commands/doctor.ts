import type { Command } from 'commander';
import { addCommand } from '../add-command.ts';
import { type Check, checkSystem } from '../check-system.ts';
import type { Run } from '../run-command.ts';

export const addDoctor = (program: Command, run: Run): Command =>
  addCommand(program, 'doctor', {
    description:
      'check whether the API can be reached, which rights the credential has, the clock, versions, and whether jobs wait for a worker',
    examples: [
      'jobctl doctor',
      'jobctl doctor --url https://jobs.example.com',
      'jobctl doctor --json | jq .rights',
    ],
    more: 'It changes nothing.',
  }).action((_options: unknown, command: Command) =>
    run(command, async (session) => {
      const { output } = session;
      const { checks, ending, facts } = await checkSystem(session);
      if (output.isJson) output.document({ ok: ending === 'ok', ...facts });
      else for (const check of checks) output.line(describe(check, output.colors));
      return ending;
    }),
  );

const describe = (
  { level, text }: Check,
  colors: { green(text: string): string; yellow(text: string): string; red(text: string): string },
): string =>
  ({ good: colors.green('ok    '), notice: colors.yellow('notice'), bad: colors.red('wrong ') })[level] +
  `  ${text}`;
