import { expect, test } from '@jest/globals';
import { recordFigures } from './figures.js';
import { runPart } from './run-part.ts';

const halves = await Promise.all(['1/2', '2/2'].map((half) => runPart('enumerations', half)));
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
