import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartsOf, type Report, reportSchema, tablesOf } from './report.ts';

const projectDir = join(import.meta.dirname, '..');
const measuredPath = join(projectDir, 'docs/performance/measured.json');

/** What was measured last, of each part. */
export const readMeasured = (): Report => reportSchema.parse(JSON.parse(readFileSync(measuredPath, 'utf8')));

/** The files that are made of what was measured, by their path: the figures, the page, its charts. */
export function pageFiles(report: Report): ReadonlyMap<string, string> {
  const page = join(projectDir, 'docs/performance.md');
  let text = readFileSync(page, 'utf8');
  for (const [name, lines] of tablesOf(report)) {
    const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
    const [before, rest] = text.split(begin);
    const after = rest?.split(end)[1];
    if (after === undefined) throw new Error(`docs/performance.md has no place for ${name}.`);
    text = [before, begin, '\n', lines.join('\n'), '\n', end, after].join('');
  }
  const charts = [...chartsOf(report)].map(
    ([file, chart]) => [join(projectDir, 'docs/performance', file), chart] as const,
  );
  // In the order of the schema, as who reads the file has it, too.
  const figures = `${JSON.stringify(reportSchema.parse(report), null, 1)}\n`;
  return new Map([[page, text], [measuredPath, figures], ...charts]);
}
