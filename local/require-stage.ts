import { problemsOfMovedParameters } from '../infra/moved-parameters.ts';
import { problemsOfUses, variablesOfWorkers } from '../infra/problems-of-uses.ts';
import type { Stage } from '../infra/read-stage.ts';
import { problemsOfLocalRun, problemsOfParameters } from '../infra/stage-parameters.ts';
import { warningsOfResults } from '../infra/strict-results.ts';
import { localStage } from '../shared/domain/access/auth-mode.ts';
import { problemsOfListening } from './allowed-hosts.ts';
import { LocalAwsError } from './local-aws.ts';

/**
 * Refuses a stage that cannot start, and warns of what may go wrong later.
 * @throws LocalAwsError that names everything that is wrong
 */
export async function requireStage(
  { parameters, types, contracts }: Stage,
  listening: Omit<Parameters<typeof problemsOfListening>[0], 'auth'>,
): Promise<void> {
  const problems = [
    ...problemsOfListening({ ...listening, auth: parameters.auth }),
    ...problemsOfLocalRun(parameters),
    ...problemsOfParameters(parameters, types),
    ...problemsOfMovedParameters(localStage, parameters),
    ...(await problemsOfUses(types, { contracts, variables: variablesOfWorkers })),
  ];
  if (problems.length > 0) throw new LocalAwsError(`The stage cannot start:\n- ${problems.join('\n- ')}`);
  for (const warning of warningsOfResults(contracts)) console.warn(`WARNING: ${warning}`);
}
