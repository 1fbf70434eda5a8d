import type { Naming, Resource, Serverless } from './serverless.ts';
import { ref } from './template-values.ts';

/**
 * The alias that all callers of a function name: routes, queues and rules. A deployment makes a new version of code and
 * environment, and moves the alias: Lambda has no call that replaces both, and new code with old variables would fail
 * until the second call.
 */
export const aliasName = 'live';

/** @param functionId the logical id of the function */
export const aliasIdOf = (functionId: string): string => `${functionId}LiveAlias`;
const idOf = (naming: Naming, functionName: string): string =>
  aliasIdOf(naming.getLambdaLogicalId(functionName));

/**
 * What a rule of ours names, and its permission. A reference to an alias is the ARN of the alias, and CloudFormation
 * makes the alias first: a text with the name of the alias would not wait, and the first deployment of a stage would be
 * a race.
 */
export const liveArnOf = (naming: Pick<Naming, 'getLambdaLogicalId'>, functionName: string) =>
  ref(aliasIdOf(naming.getLambdaLogicalId(functionName)));

/**
 * Has what osls makes of events call the alias: it looks at `targetAlias` when it compiles them. API Gateway goes over
 * to an alias when it may call that: a permission names one alias, and a stage from before the aliases has it for the
 * function alone.
 */
export function callAliases({ functions, resources }: Serverless['service'], naming: Naming): void {
  for (const [functionName, config] of Object.entries(functions)) {
    config.targetAlias = { name: aliasName, logicalId: idOf(naming, functionName) };
    if (!config.events?.some(({ httpApi }) => httpApi !== undefined)) continue;
    const DependsOn = [naming.getLambdaHttpApiPermissionLogicalId(functionName)];
    resources.extensions = {
      ...resources.extensions,
      [naming.getHttpApiIntegrationLogicalId(functionName)]: { DependsOn },
    };
  }
}

/**
 * Adds the aliases to a compiled template: by then each function has a version of this deployment. One that fails
 * leaves no version: Lambda publishes none that is equal to the last one, and CloudFormation would fail for that when
 * the same build is deployed again.
 */
export function addAliases({ functions, provider }: Serverless['service'], naming: Naming): void {
  const { Resources = {} } = provider.compiledCloudFormationTemplate ?? {};
  for (const [functionName, { versionLogicalId }] of Object.entries(functions)) {
    if (versionLogicalId === undefined) throw new Error(`the function ${functionName} has no version`);
    const alias: Resource = {
      Type: 'AWS::Lambda::Alias',
      Properties: {
        Name: aliasName,
        FunctionName: ref(naming.getLambdaLogicalId(functionName)),
        FunctionVersion: { 'Fn::GetAtt': [versionLogicalId, 'Version'] },
      },
    };
    const version: Resource = { ...Resources[versionLogicalId], DeletionPolicy: 'RetainExceptOnCreate' };
    Object.assign(Resources, { [idOf(naming, functionName)]: alias, [versionLogicalId]: version });
  }
}
