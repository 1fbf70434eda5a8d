import type { StageParameters } from '../../infra/parameters/parameter.ts';
import { deriveFunctions } from '../../infra/rights/derive-functions.ts';
import { readStage } from '../../infra/rights/read-stage.ts';
import type { FunctionConfig } from '../../infra/template/serverless.ts';
import type { Resolve } from '../../local/resolve-references.ts';
import { type Grant, grantsOf } from '../../local/rights/grants.ts';
import { projectDir } from '../project-copy.ts';
import { readService } from './kept-service.ts';

type Derived = Pick<FunctionConfig, 'handler' | 'environment' | 'iamRoleStatements'>;

/**
 * What the role of each function allows in the stage `local`, which has the resources that `resolve` knows.
 * @param over parameters that the stage has besides, or instead
 */
export async function grantsOfStage(
  resolve: Resolve,
  over: StageParameters = {},
): Promise<Readonly<Record<string, readonly Grant[]>>> {
  const { functions, params, provider } = await readService(projectDir, new Map());
  const stage = await readStage({
    serviceDir: projectDir,
    configurationInput: { params },
    processedInput: { options: {} },
    getProvider: () => ({ getStage: () => provider.stage }),
  });
  const derived: Record<string, Derived> = Object.fromEntries(
    Object.entries(functions).map(([name, { handler }]) => [name, { handler }]),
  );
  await deriveFunctions(
    { serviceDir: projectDir, functions: derived },
    { ...stage, parameters: { ...stage.parameters, ...over } },
  );
  const grants = Object.entries(derived).map(
    ([name, { iamRoleStatements = [] }]) => [name, grantsOf(iamRoleStatements, resolve)] as const,
  );
  return Object.fromEntries(grants);
}
