import { readdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { recordFigures } from './figures.js';
import { runPart } from './run-part.ts';
import { choose } from './share.ts';

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('scenarios.ts'));
/** A share is too little for two processes: each is slow until it is warm. */
const isMore = choose(files.map((name) => name.replace('.ts', ''))).whole.size > 0;
const processes = isMore ? ['1/2', '2/2'] : ['1/1'];
const halves = await Promise.all(processes.map((half) => runPart('enumerations', half)));
const findings = halves.flatMap((half) => half.findings);
const sum = (figure: 'crashPoints' | 'cases' | 'runs'): number =>
  findings.reduce((all, finding) => all + finding[figure], 0);
recordFigures(
  'enumeration',
  `${findings.length} enumerations, ${sum('crashPoints')} crash points, ${sum('cases')} cases, ${sum('runs')} runs: ${halves[0]?.text}`,
);

test.each(findings)('no fault in any call breaks a rule: $name', ({ broken }) => {
  expect(broken).toEqual([]);
});
