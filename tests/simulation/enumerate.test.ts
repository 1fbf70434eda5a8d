import { expect, test } from '@jest/globals';
import { recordFigures } from './figures.js';
import { runPart } from './run-part.ts';

// All of them take an hour, so each core plays a half. A share is cheaper in one process: each process has to warm up.
const halves = process.env.SIMULATION === 'full' ? ['1/2', '2/2'] : ['1/1'];
const parts = await Promise.all(halves.map((half) => runPart('enumerations', half)));
const findings = parts.flatMap((part) => part.findings);
const sum = (figure: 'crashPoints' | 'cases' | 'runs'): number =>
  findings.reduce((all, finding) => all + finding[figure], 0);
recordFigures(
  'enumeration',
  `${findings.length} enumerations, ${sum('crashPoints')} crash points, ${sum('cases')} cases, ${sum('runs')} runs: ${parts[0]?.text}`,
);

test.each(findings)('no fault in any call breaks a rule: $name', ({ broken }) => {
  expect(broken).toEqual([]);
});
