import { afterAll, expect, test } from '@jest/globals';
import { enumerate, type Failure } from './enumerate.ts';
import { noteFigures } from './figures.js';
import { mutants } from './mutants.ts';
import { scenarios } from './scenarios.ts';

const caught: string[] = [];
afterAll(() =>
  noteFigures('mutants', [`${caught.length} of ${mutants.length} caught, by`, ...caught].join('\n    ')),
);

/** The first breach of a rule that gives the mutant away. */
async function catchMutant(mutant: (typeof mutants)[number]): Promise<Failure | undefined> {
  for (const failedComeBackAtOnce of [false, true]) {
    for (const scenario of scenarios) {
      const [failure] = (await enumerate(scenario, { mutant, failedComeBackAtOnce }, true)).failures;
      if (failure) return failure;
    }
  }
  return undefined;
}

test.each(mutants)('the mutant "$name" is caught', async (mutant) => {
  const failure = await catchMutant(mutant);
  expect(failure).toBeDefined();
  if (!failure) return;
  // Caught by a rule, not by an error in the mutant itself.
  expect(failure.error).toHaveProperty('invariant');
  const { invariant } = failure.error as Error & { invariant: string };
  caught.push(`${mutant.name}: "${invariant}" (${failure.scenario}, call ${failure.call}, ${failure.fault})`);
});
