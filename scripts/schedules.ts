import { Command } from 'commander';
import { readRecurringSchedules } from '../infra/template/recurring-schedules.ts';
import { runCommand } from './run-command.ts';
import { describePlan, planSchedules } from './schedules/plan-schedules.ts';
import { UsageError } from './usage-error.ts';

const program = new Command('npm run schedules --')
  .description('The recurring schedules of job-types/schedules.ts, and when each comes next.')
  .addHelpText(
    'after',
    '\nNothing has to run for it. Of a running system, `jobctl schedules` lists, runs, pauses and resumes them.',
  )
  .showHelpAfterError('(`npx jobctl schedules` is for those of a running system)')
  .option('--json', 'for programs', false)
  .action(async ({ json }: { readonly json: boolean }) => {
    const { schedules, problems } = await readRecurringSchedules();
    if (problems.length > 0) throw new UsageError(problems.join('\n'));
    const planned = planSchedules(schedules, Date.now());
    console.log(json ? JSON.stringify(planned, null, 2) : describePlan(planned));
  });

await runCommand(program);
