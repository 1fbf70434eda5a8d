import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { runCommand } from '../scripts/run-command.ts';
import { UsageError } from '../scripts/usage-error.ts';
import { pageFiles, readMeasured } from './page.ts';
import { type Report, tablesOf } from './report.ts';
import type { Measure } from './series.ts';

/** What can be measured. A part is loaded when it is asked for: some need packages that are installed in bench/ alone. */
const parts: Readonly<Record<string, () => Promise<{ readonly measure: Measure }>>> = {
  functions: () => import('./functions/measure.ts'),
  load: () => import('./load/measure.ts'),
  growth: () => import('./load/growth.ts'),
  workers: () => import('./workers/measure.ts'),
};

interface BenchOptions {
  readonly rounds: number;
  readonly json?: string;
  readonly write: boolean;
}

const name = 'npm run -s bench --';

function roundsIn(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= 100) return rounds;
  throw new InvalidArgumentError('It is a whole number from 1 to 100.');
}

const [cpu] = cpus();
const machine = `${cpus().length} cores, ${cpu?.model ?? process.arch}`;

async function measureAll(names: readonly string[], rounds: number): Promise<Report> {
  const report: Report = { parts: {} };
  for (const part of names) {
    const { measure } = (await parts[part]?.()) ?? {};
    if (measure === undefined)
      throw new InvalidArgumentError(`The parts are ${Object.keys(parts).join(', ')}.`);
    const series = await measure({ rounds, report: (line) => console.error(line) });
    const date = new Date().toISOString().slice(0, 10);
    report.parts[part] = {
      ...{ date, node: process.versions.node, machine },
      series: series.map((each) => ({ ...each, rounds: [...each.rounds] })),
    };
  }
  return report;
}

const program = new Command(name)
  .description('Measures this project beside others, in turn, on this machine.')
  .argument('[parts...]', `${Object.keys(parts).join(', ')}; all of them`, Object.keys(parts))
  .option('--rounds <number>', 'how often each is measured', roundsIn, 5)
  .option('--json <file>', 'write the figures of each round there')
  .option('--write', 'write docs/performance.md, its charts and its figures', false)
  .addHelpText('after', `\nExamples:\n  $ ${name} functions --rounds 3\n  $ ${name} --write`)
  .action(async (names: readonly string[], { rounds, json, write }: BenchOptions) => {
    const unknown = names.filter((each) => !Object.hasOwn(parts, each));
    if (unknown.length > 0)
      throw new UsageError(
        `There is no ${unknown.join(', ')}. The parts are ${Object.keys(parts).join(', ')}.`,
      );
    const report = await measureAll(names, rounds);
    const text = `${JSON.stringify(report, null, 1)}\n`;
    if (json !== undefined) writeFileSync(json, text);
    if (write) writePage(report);
    for (const [title, lines] of tablesOf(report))
      if (lines.length > 2) console.log(`\n${title}\n\n${lines.join('\n')}`);
  });

/** What was not measured now stays as it was. */
function writePage(report: Report): void {
  const all: Report = { parts: { ...readMeasured().parts, ...report.parts } };
  for (const [path, text] of pageFiles(all)) writeFileSync(path, text);
}

await runCommand(program);
