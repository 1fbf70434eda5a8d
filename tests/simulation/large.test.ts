import { expect, test } from '@jest/globals';
import { noteFigures } from './figures.js';
import { runPart, total } from './run-part.ts';

const findings = await runPart('large');
const { crashPoints, runs } = total(findings);
noteFigures('many jobs that wait for each other', `${crashPoints} crash points, ${runs} runs`);

test.each(findings)('no fault in any call breaks a rule: $name', ({ broken, crashPoints }) => {
  expect(broken).toEqual([]);
  expect(crashPoints).toBeGreaterThan(100);
});
