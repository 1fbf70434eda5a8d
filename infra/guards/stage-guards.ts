import { parametersOf } from '../template/parameters-of.ts';
import { type Output, type SdkConfig, type Serverless, stageError } from '../template/serverless.ts';
import { tableNamesOf } from '../template/stage-tables.ts';

// Each imports what it needs: packaging needs neither the SDK nor a network.

interface Stage {
  readonly stage: string;
  /** The name of its stack. */
  readonly stack: string;
  readonly config: SdkConfig;
}

async function stageOf(serverless: Serverless): Promise<Stage> {
  const provider = serverless.getProvider('aws');
  const config = await provider.getAwsSdkV3Config();
  return { stage: provider.getStage(), stack: provider.naming.getStackName(), config };
}

/** Before a deployment. */
export async function refuseOverKept(serverless: Serverless): Promise<void> {
  const { problemsOfKept } = await import('./refuse-over-kept.ts');
  const { config, ...stage } = await stageOf(serverless);
  const { compiledCloudFormationTemplate: template } = serverless.service.provider;
  const problems = await problemsOfKept({ ...stage, template }, config);
  if (problems.length > 0) throw stageError(serverless, 'cannot be deployed', problems);
}

/** Before a deployment that names a table which is not of the stack. */
export async function refuseWrongTables(serverless: Serverless): Promise<void> {
  const { problemsOfNamedTables } = await import('./named-tables.ts');
  const { config, stage } = await stageOf(serverless);
  const { compiledCloudFormationTemplate: template } = serverless.service.provider;
  const problems = await problemsOfNamedTables(parametersOf(serverless, stage), template, config);
  if (problems.length > 0) throw stageError(serverless, 'cannot be deployed', problems);
}

/** Before a deployment, and after it before secrets are written: `what` says which. */
export async function requireRootSecret(serverless: Serverless, what = 'cannot be deployed'): Promise<void> {
  const { problemsOfRootSecret } = await import('./require-root-secret.ts');
  const { config, stage, stack } = await stageOf(serverless);
  const tables = tableNamesOf(stack, parametersOf(serverless, stage));
  const problems = await problemsOfRootSecret({ stage, tables }, config);
  if (problems.length > 0) throw stageError(serverless, what, problems);
}

/** After a deployment. */
export async function protectDeployed(serverless: Serverless): Promise<void> {
  const { protectStage } = await import('./protect-stage.ts');
  const { config, stack } = await stageOf(serverless);
  try {
    await protectStage(stack, config);
  } catch (error) {
    throw stageError(
      serverless,
      'is deployed, but its tables and its stack are not protected from deletion',
      [error instanceof Error ? error.message : String(error), 'When that is mended, deploy again.'],
    );
  }
}

/** Before a removal, which is refused unless the command names the stage once more. */
export async function refuseRemoval(serverless: Serverless, { log }: Output): Promise<void> {
  const { guardRemoval, reallyOf } = await import('./guard-removal.ts');
  const { config, ...stage } = await stageOf(serverless);
  const { problems, warnings } = await guardRemoval({ ...stage, really: reallyOf(serverless) }, config);
  if (problems.length > 0) throw stageError(serverless, 'is not removed', problems);
  for (const warning of warnings) log.warning(warning);
}
