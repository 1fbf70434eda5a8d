import { warningsOfContracts } from '../../infra/packaging/contract-warnings.ts';
import { problemsOfParts } from '../../infra/packaging/problems-of-parts.ts';
import { problemsOfLocalRun, problemsOfParameters } from '../../infra/rights/problems-of-stage.ts';
import { problemsOfUses, variablesOfWorkers } from '../../infra/rights/problems-of-uses.ts';
import type { Stage } from '../../infra/rights/read-stage.ts';
import { problemsOfListening } from '../doors/allowed-hosts.ts';
import { LocalAwsError } from '../local-aws.ts';

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
    ...problemsOfParts(contracts),
    ...(await problemsOfUses(types, { contracts, variables: variablesOfWorkers })),
  ];
  if (problems.length > 0) throw new LocalAwsError(`The stage cannot start:\n- ${problems.join('\n- ')}`);
  for (const warning of warningsOfContracts(contracts)) console.warn(`WARNING: ${warning}`);
}

/** Every invocation is a thread on this machine. */
export const maxConcurrency = 4;
const maxLongConcurrency = 100;

/**
 * How many invocations the long worker has at a time, of each of its queues: a stage has more, and there a family of
 * slow children is not in the way of the next long job.
 * @throws LocalAwsError
 */
export function readLongConcurrency({ LONG_CONCURRENCY: text = '' }: NodeJS.ProcessEnv): number {
  if (text === '') return maxConcurrency;
  const number = /^[1-9]\d{0,2}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > maxLongConcurrency)
    throw new LocalAwsError(
      `LONG_CONCURRENCY is "${text}". Use a whole number from 1 to ${maxLongConcurrency}.`,
    );
  return number;
}
