import { afterAll, expect, test } from '@jest/globals';
import { enumerate } from './enumerate.ts';
import { noteFigures } from './figures.js';
import { scenarios } from './scenarios.ts';

let crashPoints = 0;
let runs = 0;
afterAll(() =>
  noteFigures('enumeration', `${scenarios.length} scenarios, ${crashPoints} crash points, ${runs} runs`),
);

const schedules = [
  { name: 'failed messages come back when their visibility ends', failedComeBackAtOnce: false },
  { name: 'failed messages come back at once', failedComeBackAtOnce: true },
];

for (const { name, ...settings } of schedules) {
  test.each(scenarios)(`no fault in any call of "$name" breaks a rule (${name})`, async (scenario) => {
    const result = await enumerate(scenario, settings);
    crashPoints += result.crashPoints;
    runs += result.runs;
    const broken = result.failures.map(
      ({ call, fault, error }) => `call ${call}, ${fault}: ${error.message}`,
    );
    expect(broken).toEqual([]);
    expect(result.crashPoints).toBeGreaterThan(4);
  });
}
