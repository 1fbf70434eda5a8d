import { expect, test } from '@jest/globals';
import { noteFigures } from './figures.js';
import { runPart, total } from './run-part.ts';

const findings = await runPart('waiting');
const { crashPoints, runs } = total(findings);
noteFigures('waiting jobs', `${crashPoints} crash points, ${runs} runs`);

test.each(findings)('no fault in any call breaks a rule: $name', ({ broken, crashPoints }) => {
  expect(broken).toEqual([]);
  expect(crashPoints).toBeGreaterThan(4);
});
