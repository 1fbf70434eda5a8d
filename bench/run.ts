import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { runCommand } from '../scripts/run-command.ts';
import { measure } from './functions/measure.ts';
import { pageFiles, type Report, tableOf } from './report.ts';

interface BenchOptions {
  readonly rounds: number;
  readonly write: boolean;
}

function roundsIn(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= 100) return rounds;
  throw new InvalidArgumentError('It is a whole number from 1 to 100.');
}

const program = new Command('npm run -s bench --')
  .description('Measures the functions beside others, in turn, on this machine.')
  .option('--rounds <number>', 'how often each is measured', roundsIn, 5)
  .option('--write', 'write docs/performance.md and its figures', false)
  .action(async ({ rounds, write }: BenchOptions) => {
    const series = await measure({ rounds, report: (line) => console.error(line) });
    const report: Report = {
      date: new Date().toISOString().slice(0, 10),
      node: process.versions.node,
      machine: `${cpus().length} cores, ${cpus()[0]?.model ?? process.arch}`,
      series: series.map((each) => ({ ...each, rounds: [...each.rounds] })),
    };
    if (write) for (const [path, text] of pageFiles(report)) writeFileSync(path, text);
    console.log(tableOf(report).join('\n'));
  });

await runCommand(program);
