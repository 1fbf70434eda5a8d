import { expect, test } from '@jest/globals';
import { problemsOfUses, variablesOfWorkers } from '../../../infra/rights/problems-of-uses.ts';
import { readTypeUses } from '../../../infra/rights/type-uses.ts';
import { contracts } from '../../../job-types/contracts.ts';
import { projectDir } from '../../project-copy.ts';

// Packaging and `npm start` say the same: `npm run check` says it first.
test('what the job types use has no problem', async () => {
  const types = await readTypeUses({ serviceDir: projectDir, contracts, folders: ['job-types'] });
  expect(await problemsOfUses(types, { contracts, variables: variablesOfWorkers })).toEqual([]);
});
